import { Radio, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { AuthMethodField } from '../../gateways/AuthMethodField.tsx';
import type { FieldsProps } from './fields.ts';

/** The two choices on which everything below depends. */
export function DecisionFields({ draft, change, faults, isEdit }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="md">
      <Radio.Group
        label={t('secrets.credentialType')}
        value={draft.credentialType}
        onChange={value => change({ credentialType: value === 'dynamic' ? 'dynamic' : 'static' })}
      >
        <Stack gap="xs" mt={8}>
          <Radio value="static" label={t('secrets.static')} description={t('form.staticHelp')} />
          <Radio value="dynamic" label={t('secrets.dynamic')} description={t('form.dynamicHelp')} />
        </Stack>
      </Radio.Group>
      <AuthMethodField
        value={draft.authMethod}
        onChange={authMethod =>
          // The way there is a saved connection's alone.
          change(authMethod === 'gateway' ? { authMethod, connectionId: '' } : { authMethod })
        }
        error={faults.authMethod}
        stays={isEdit ? t('form.wayStays') : undefined}
      />
    </Stack>
  );
}
