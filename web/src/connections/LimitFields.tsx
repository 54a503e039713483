import { Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConnectionFieldsProps } from './ConnectionForm.tsx';

/** What dynamic secrets of it may be. Nothing is open that nobody opened. */
export function LimitFields({ draft, change, faults }: ConnectionFieldsProps) {
  const { t } = useTranslation();
  const list = (name: 'namespaces' | 'serviceAccounts' | 'roles') => ({
    value: draft[name],
    onChange: (names: string[]) => change({ [name]: names }),
    error: faults[name],
  });
  const open = (name: 'systemNamespaces' | 'escalatingRoles' | 'wholeCluster') => ({
    checked: draft[name],
    onChange: (event: { currentTarget: { checked: boolean } }) =>
      change({ [name]: event.currentTarget.checked }),
  });
  return (
    <Stack gap="md">
      <TagsInput
        label={t('clusters.namespaces')}
        description={t('clusters.limitHelp')}
        {...list('namespaces')}
      />
      <TagsInput label={t('clusters.accounts')} {...list('serviceAccounts')} />
      <TagsInput label={t('clusters.roles')} {...list('roles')} />
      <TextInput
        label={t('secrets.maxTtl')}
        description={t('form.ttlHelp')}
        value={draft.maxTTL}
        onChange={event => change({ maxTTL: event.currentTarget.value })}
        error={faults.maxTTL}
        autoComplete="off"
      />
      <Switch label={t('clusters.systemNamespaces')} {...open('systemNamespaces')} />
      <Switch label={t('clusters.escalatingRoles')} {...open('escalatingRoles')} />
      <Switch label={t('clusters.wholeCluster')} {...open('wholeCluster')} />
    </Stack>
  );
}
