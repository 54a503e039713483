import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DynamicSecret } from '../api/schema.ts';
import type { Place } from '../leases/queries.ts';
import { SnippetTabs } from '../ui/SnippetTabs.tsx';
import { snippetsOf } from './snippets.ts';

/** The same from a terminal and from programs, filled in. */
export function UseTab({ secret, place }: { secret: DynamicSecret; place: Place }) {
  const { t } = useTranslation();
  const { terraform, ...texts } = snippetsOf(secret, place, location.origin);
  const tab = (key: keyof typeof texts, name: string, isName = true) => ({
    key,
    name,
    isName,
    label: t(`secrets.useWith.${key}`),
    text: texts[key],
  });
  const asCode = (text: string) => ({
    key: 'terraform',
    name: 'Terraform',
    isName: true,
    label: t('secrets.useWith.terraform'),
    text,
  });
  return (
    <Stack gap="md">
      <Text size="sm">{t('secrets.useHelp')}</Text>
      <SnippetTabs
        label={t('secrets.use')}
        tabs={[
          tab('cli', t('secrets.commandLine'), false),
          tab('kubectl', 'kubectl'),
          tab('exec', t('secrets.oneCommand'), false),
          tab('http', 'HTTP'),
          tab('github', 'GitHub'),
          tab('gitlab', 'GitLab'),
          ...(terraform === null ? [] : [asCode(terraform)]),
        ]}
      />
    </Stack>
  );
}
