import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DynamicSecret } from '../api/schema.ts';
import { ButtonLink } from '../app/links.tsx';
import type { Place } from '../leases/queries.ts';
import { Panel } from '../ui/Panel.tsx';
import { PermissionList } from './PermissionList.tsx';

/** What its tokens may do in the cluster, and who may have one. */
export function PermissionsTab({ secret, place }: { secret: DynamicSecret; place: Place }) {
  const { t } = useTranslation();
  const namespaces = secret.inputs?.namespace?.split(',').map(name => name.trim()) ?? [];
  const search = { project: place.projectSlug, env: place.environmentSlug, path: place.path };
  return (
    <Stack gap="md">
      {namespaces.map(namespace => (
        <Panel key={namespace} title={t('permissions.in', { namespace })}>
          <PermissionList secret={secret} namespace={namespace} />
        </Panel>
      ))}
      <Panel title={t('permissions.who')}>
        <ButtonLink variant="default" to="/access/$tab" params={{ tab: 'check' }} search={search}>
          {t('permissions.seeWho')}
        </ButtonLink>
      </Panel>
    </Stack>
  );
}
