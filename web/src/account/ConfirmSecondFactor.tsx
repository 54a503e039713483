import { Button, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { type ApiError, asApiError } from '../api/problem.ts';
import type { EnrolledSecondFactor } from '../api/schema.ts';
import { Snippet } from '../ui/Snippet.tsx';
import classes from './Account.module.css';

interface Props {
  enrolled: EnrolledSecondFactor;
  /** With the recovery codes, which are shown this once. */
  onConfirmed: (recoveryCodes: string[]) => void;
}

/** A code proves that the authenticator has the secret, before anything asks for one. */
export function ConfirmSecondFactor({ enrolled, onConfirmed }: Props) {
  const { t } = useTranslation();
  const [failure, setFailure] = useState<ApiError | null>(null);

  async function confirm(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get('code')).replaceAll(' ', '');
    try {
      const { recoveryCodes } = await body(
        api.POST('/api/v1/users/me/second-factor/confirm', { body: { code } }),
      );
      onConfirmed(recoveryCodes);
    } catch (thrown) {
      setFailure(asApiError(thrown));
    }
  }

  return (
    <form onSubmit={confirm} className={classes.form}>
      <Stack gap="md">
        <Text size="sm">{t('account.giveSecret')}</Text>
        <Snippet label={t('account.secret')} text={enrolled.secret} />
        <a href={enrolled.uri}>{t('account.openAuthenticator')}</a>
        <TextInput
          name="code"
          label={t('session.code')}
          autoComplete="one-time-code"
          error={failure?.message}
          required
        />
        <div>
          <Button type="submit">{t('account.switchOn')}</Button>
        </div>
      </Stack>
    </form>
  );
}
