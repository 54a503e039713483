import { Radio, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
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
      <Radio.Group
        label={t('form.authMethod')}
        description={isEdit ? t('form.wayStays') : undefined}
        value={draft.authMethod}
        onChange={value =>
          // The way there is a saved connection's alone.
          change(value === 'gateway' ? { authMethod: 'gateway', connectionId: '' } : { authMethod: 'api' })
        }
        error={faults.authMethod}
      >
        <Stack gap="xs" mt={8}>
          <Radio
            value="api"
            label={t('form.tokenApi')}
            description={t('form.tokenApiHelp')}
            disabled={isEdit}
          />
          <Radio
            value="gateway"
            label={t('form.gateway')}
            description={t('form.gatewayDoes')}
            disabled={isEdit}
          />
        </Stack>
      </Radio.Group>
    </Stack>
  );
}
