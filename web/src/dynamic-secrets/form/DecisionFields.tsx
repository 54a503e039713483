import { Group, Radio, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FieldsProps } from './fields.ts';

/** The two choices on which everything below depends. */
export function DecisionFields({ draft, change }: FieldsProps) {
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
      <Radio.Group label={t('form.authMethod')} value="api">
        <Group gap="lg" mt={8} align="flex-start">
          <Radio value="api" label={t('form.tokenApi')} />
          <Radio value="gateway" label={t('form.gateway')} description={t('form.noGatewayYet')} disabled />
        </Group>
      </Radio.Group>
    </Stack>
  );
}
