import { Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FieldsProps } from './fields.ts';

/** Its name, and how long its leases are. */
export function LimitFields({ draft, change, faults }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="md">
      <TextInput
        label={t('secrets.name')}
        description={t('form.nameHelp')}
        value={draft.name}
        onChange={event => change({ name: event.currentTarget.value })}
        error={faults.name ?? faults.newName}
        autoComplete="off"
        required
      />
      <TextInput
        label={t('secrets.defaultTtl')}
        description={t('form.ttlHelp')}
        value={draft.defaultTTL}
        onChange={event => change({ defaultTTL: event.currentTarget.value })}
        error={faults.defaultTTL}
        autoComplete="off"
        required
      />
      <TextInput
        label={t('secrets.maxTtl')}
        description={t('form.maxTtlHelp')}
        value={draft.maxTTL}
        onChange={event => change({ maxTTL: event.currentTarget.value })}
        error={faults.maxTTL}
        autoComplete="off"
      />
    </Stack>
  );
}
