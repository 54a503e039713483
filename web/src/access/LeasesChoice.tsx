import { Radio, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export type Fate = 'end' | 'run-out';

/** What becomes of live leases when their holder loses the right to have any. */
export function LeasesChoice({ value, onChange }: { value: Fate; onChange: (fate: Fate) => void }) {
  const { t } = useTranslation();
  return (
    <Radio.Group
      label={t('access.theirLeases')}
      value={value}
      onChange={chosen => onChange(chosen === 'run-out' ? 'run-out' : 'end')}
    >
      <Stack gap="xs" mt={8}>
        <Radio value="end" label={t('form.leasesEnd')} description={t('access.tokensLiveOn')} />
        <Radio value="run-out" label={t('form.leasesRunOut')} />
      </Stack>
    </Radio.Group>
  );
}
