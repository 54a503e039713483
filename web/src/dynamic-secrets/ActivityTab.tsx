import { Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { ButtonLink } from '../app/links.tsx';
import { Timeline } from '../audit/Timeline.tsx';
import { ChoiceFilter } from '../ui/ChoiceFilter.tsx';
import { Filters } from '../ui/Filters.tsx';

/** Events by what somebody looks for; the server takes several kinds with commas between them. */
const KINDS = {
  issued: 'create-dynamic-secret-lease,fail-dynamic-secret-lease',
  ended: 'delete-dynamic-secret-lease,expire-dynamic-secret-lease,clean-up-dynamic-secret-lease',
  changed: 'create-dynamic-secret,update-dynamic-secret,delete-dynamic-secret,reveal-root-credential',
  failed: 'fail-dynamic-secret-lease,delay-dynamic-secret-lease-clean-up,forget-dynamic-secret-lease',
} as const;
type Kind = keyof typeof KINDS;

/** What happened to a dynamic secret and its leases, newest first. */
export function ActivityTab({ secretId, project }: { secretId: string; project: Project }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Kind | undefined>(undefined);
  const narrowed = kind === undefined ? {} : { kind: KINDS[kind] };
  return (
    <Stack gap="md">
      <Filters>
        <ChoiceFilter
          label={t('audit.kind')}
          choices={(Object.keys(KINDS) as Kind[]).map(value => ({
            value,
            label: t(`secrets.activities.${value}`),
          }))}
          chosen={kind}
          onChoose={setKind}
        />
        <ButtonLink variant="default" to="/audit" search={{ project: project.slug, ...narrowed }}>
          {t('secrets.inAudit')}
        </ButtonLink>
      </Filters>
      <Timeline filter={{ projectId: project.id, dynamicSecretId: secretId, ...narrowed }} />
    </Stack>
  );
}
