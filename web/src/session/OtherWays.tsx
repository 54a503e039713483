import { Button, Divider, Stack } from '@mantine/core';
import { IconFingerprint, IconLogin2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hasPasskeys } from './passkeys.ts';
import { providersQuery, ssoAddress } from './sso.ts';

interface Props {
  /** The page to go on with. */
  target: string;
  isBusy: boolean;
  onPasskey: () => void;
}

/** Ways in without a password: a passkey, and what the organization's identity providers vouch for. */
export function OtherWays({ target, isBusy, onPasskey }: Props) {
  const { t } = useTranslation();
  const providers = useQuery(providersQuery);
  const known = providers.data ?? [];
  if (!hasPasskeys() && known.length === 0) return null;
  return (
    <Stack gap="sm">
      <Divider label={t('session.or')} labelPosition="center" />
      {hasPasskeys() && (
        <Button
          variant="default"
          leftSection={<IconFingerprint size={18} aria-hidden="true" />}
          onClick={onPasskey}
          disabled={isBusy}
          fullWidth
        >
          {t('session.byPasskey')}
        </Button>
      )}
      {known.map(({ slug, name }) => (
        <Button
          key={slug}
          component="a"
          href={ssoAddress(slug, target)}
          variant="default"
          leftSection={<IconLogin2 size={18} aria-hidden="true" />}
          fullWidth
        >
          <span>
            {t('session.byProvider')} <span translate="no">{name}</span>
          </span>
        </Button>
      ))}
    </Stack>
  );
}
