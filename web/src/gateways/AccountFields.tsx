import { Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Snippet } from '../ui/Snippet.tsx';
import { fieldOf } from './account-field.ts';
import type { GatewayDraft } from './gateway-draft.ts';
import { KeyFields } from './KeyFields.tsx';

/** It is public; a private cluster cannot be asked for it before its gateway is there. */
const ISSUER =
  'kubectl get --raw /.well-known/openid-configuration | sed \'s/.*"issuer":"\\([^"]*\\)".*/\\1/\'';

interface Props {
  draft: GatewayDraft;
  change: (changes: Partial<GatewayDraft>) => void;
  faults: Record<string, string>;
}

/** Whose tokens prove a gateway that has no code: the service account that it runs as. */
export function AccountFields({ draft, change, faults }: Props) {
  const { t } = useTranslation();
  const field = fieldOf(draft, change, faults);
  return (
    <Stack gap="md">
      <Snippet label={t('gateways.issuerCommand')} text={ISSUER} />
      <TextInput
        label={t('gateways.issuer')}
        description={t('gateways.issuerHelp')}
        required
        {...field('issuer')}
      />
      <KeyFields draft={draft} change={change} faults={faults} />
      <TextInput label={t('secrets.namespace')} required {...field('namespace')} />
      <TextInput label={t('secrets.account')} required {...field('serviceAccountName')} />
    </Stack>
  );
}
