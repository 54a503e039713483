import { Radio, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface Props {
  value: 'api' | 'gateway';
  onChange: (value: 'api' | 'gateway') => void;
  error: string | undefined;
  /** Why it stays as it is. */
  stays?: string | undefined;
}

/** Whose account does the work in a cluster: that of a token, or a gateway's own. */
export function AuthMethodField({ value, onChange, error, stays }: Props) {
  const { t } = useTranslation();
  const isDisabled = stays !== undefined;
  return (
    <Radio.Group
      label={t('form.authMethod')}
      description={stays}
      value={value}
      onChange={next => onChange(next === 'gateway' ? 'gateway' : 'api')}
      error={error}
    >
      <Stack gap="xs" mt={8}>
        <Radio
          value="api"
          label={t('form.tokenApi')}
          description={t('form.tokenApiHelp')}
          disabled={isDisabled}
        />
        <Radio
          value="gateway"
          label={t('form.gateway')}
          description={t('form.gatewayDoes')}
          disabled={isDisabled}
        />
      </Stack>
    </Radio.Group>
  );
}
