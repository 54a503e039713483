import { Stack, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Snippet } from '../ui/Snippet.tsx';
import type { GatewayDraft } from './gateway-draft.ts';

/** Both are public; a private cluster cannot be asked for them before its gateway is there. */
const ISSUER =
  'kubectl get --raw /.well-known/openid-configuration | sed \'s/.*"issuer":"\\([^"]*\\)".*/\\1/\'';
const KEYS = 'kubectl get --raw /openid/v1/jwks';

interface Props {
  draft: GatewayDraft;
  change: (changes: Partial<GatewayDraft>) => void;
  faults: Record<string, string>;
}

/** Whose tokens prove a gateway that has no code: the service account that it runs as. */
export function AccountFields({ draft, change, faults }: Props) {
  const { t } = useTranslation();
  const field = (name: 'issuer' | 'keys' | 'namespace' | 'serviceAccountName') => ({
    value: draft[name],
    onChange: (event: { currentTarget: { value: string } }) => change({ [name]: event.currentTarget.value }),
    error: faults[name],
    autoComplete: 'off',
    spellCheck: false,
    required: true,
  });
  return (
    <Stack gap="md">
      <Snippet label={t('gateways.issuerCommand')} text={ISSUER} />
      <TextInput label={t('gateways.issuer')} description={t('gateways.issuerHelp')} {...field('issuer')} />
      <Snippet label={t('gateways.keysCommand')} text={KEYS} />
      <Textarea
        label={t('gateways.keys')}
        description={t('gateways.keysHelp')}
        rows={4}
        classNames={{ input: 'mono' }}
        {...field('keys')}
      />
      <TextInput label={t('secrets.namespace')} {...field('namespace')} />
      <TextInput label={t('secrets.account')} {...field('serviceAccountName')} />
    </Stack>
  );
}
