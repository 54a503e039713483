import { Button, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface Props {
  isBusy: boolean;
  /** Null where the browser has no passkeys. */
  onPasskey: (() => void) | null;
}

/** What is asked for after the right password: a code, or a passkey in its place. */
export function SecondFactorFields({ isBusy, onPasskey }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        name="code"
        label={t('session.code')}
        description={t('session.codeHelp')}
        autoComplete="one-time-code"
        required
        autoFocus
      />
      {onPasskey !== null && (
        <Button variant="subtle" onClick={onPasskey} disabled={isBusy}>
          {t('session.passkeyInstead')}
        </Button>
      )}
    </>
  );
}
