import { Checkbox, Stack, TagsInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { misnamed, type Rules } from './rules.ts';

interface Props {
  rules: Rules;
  change: (changes: Partial<Rules>) => void;
}

/** What the policy file says that the command writes. From then on it is the gateway's own. */
export function RuleFields({ rules, change }: Props) {
  const { t } = useTranslation();
  const wrong = misnamed(rules.accounts);
  const list = (name: 'accounts' | 'namespaces' | 'roles') => ({
    label: t(`gateways.rules.${name}`),
    description: t(`gateways.rulesHelp.${name}`),
    value: rules[name],
    onChange: (value: string[]) => change({ [name]: value }),
  });
  return (
    <Stack gap="md">
      <TagsInput
        {...list('accounts')}
        error={wrong.length > 0 ? t('gateways.misnamed', { names: wrong.join(', ') }) : undefined}
      />
      <TagsInput {...list('namespaces')} />
      <TagsInput {...list('roles')} />
      <Checkbox
        label={t('gateways.rules.forwards')}
        description={t('gateways.rulesHelp.forwards')}
        checked={rules.forwards}
        onChange={event => change({ forwards: event.currentTarget.checked })}
      />
    </Stack>
  );
}
