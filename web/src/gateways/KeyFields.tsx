import { Radio, Stack, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Snippet } from '../ui/Snippet.tsx';
import { fieldOf } from './account-field.ts';
import { type GatewayDraft, withKeysFrom } from './gateway-draft.ts';

/** They are public. */
const KEYS = 'kubectl get --raw /openid/v1/jwks';

interface Props {
  draft: GatewayDraft;
  change: (changes: Partial<GatewayDraft>) => void;
  faults: Record<string, string>;
}

/** Where the keys are from that the tokens of a gateway's cluster are checked by. */
export function KeyFields(props: Props) {
  const { t } = useTranslation();
  const { draft, change } = props;
  return (
    <>
      <Radio.Group
        label={t('gateways.keysAre')}
        value={draft.keysAre}
        onChange={value => change(withKeysFrom(draft, value === 'published' ? 'published' : 'pasted'))}
      >
        <Stack gap="xs" mt={8}>
          {(['pasted', 'published'] as const).map(source => (
            <Radio
              key={source}
              value={source}
              label={t(`gateways.keySources.${source}`)}
              description={t(`gateways.keySourcesHelp.${source}`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      {draft.keysAre === 'pasted' ? <PastedKeys {...props} /> : <PublishedKeys {...props} />}
    </>
  );
}

function PastedKeys({ draft, change, faults }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <Snippet label={t('gateways.keysCommand')} text={KEYS} />
      <Textarea
        label={t('gateways.keys')}
        description={t('gateways.keysHelp')}
        rows={4}
        classNames={{ input: 'mono' }}
        required
        {...fieldOf(draft, change, faults)('keys')}
      />
    </>
  );
}

function PublishedKeys({ draft, change, faults }: Props) {
  const { t } = useTranslation();
  const field = fieldOf(draft, change, faults);
  return (
    <>
      <TextInput
        label={t('gateways.discoveryUrl')}
        description={t('gateways.discoveryUrlHelp')}
        placeholder={draft.issuer}
        {...field('discoveryUrl')}
      />
      <Textarea
        label={t('gateways.discoveryCa')}
        description={t('gateways.discoveryCaHelp')}
        rows={3}
        classNames={{ input: 'mono' }}
        {...field('discoveryCaCert')}
      />
    </>
  );
}
