import { Button, PasswordInput, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { type ApiError, asApiError, faultsByField } from '../api/problem.ts';
import { Failure } from '../ui/Failure.tsx';
import { Panel } from '../ui/Panel.tsx';
import { tell } from '../ui/tell.ts';
import classes from './Account.module.css';

/** Changes the password. Whoever does is signed in anew here, and signed out everywhere else. */
export function PasswordPanel({ email }: { email: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const faults: Record<string, string> = failure === null ? {} : faultsByField(failure);
  const eye = { visibilityToggleButtonProps: { 'aria-label': t('session.showPassword') } };

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const typed = new FormData(form);
    const sent = { oldPassword: String(typed.get('old')), newPassword: String(typed.get('new')) };
    setIsBusy(true);
    setFailure(null);
    try {
      await body(api.POST('/api/v1/users/me/password', { body: sent }));
      form.reset();
      tell({ color: 'green', message: t('account.passwordChanged') });
      await client.invalidateQueries();
    } catch (thrown) {
      setFailure(asApiError(thrown));
    }
    setIsBusy(false);
  }

  return (
    <Panel title={t('account.password')}>
      <form onSubmit={submit} className={classes.form}>
        <Stack gap="md">
          {/* Password managers want to know whose it is. */}
          <input type="text" name="username" autoComplete="username" defaultValue={email} hidden />
          <PasswordInput
            name="old"
            label={t('account.oldPassword')}
            autoComplete="current-password"
            required
            {...eye}
          />
          <PasswordInput
            name="new"
            label={t('account.newPassword')}
            description={t('account.passwordHelp')}
            autoComplete="new-password"
            minLength={12}
            maxLength={128}
            error={faults.newPassword}
            required
            {...eye}
          />
          <Failure of={failure} />
          <div>
            <Button type="submit" loading={isBusy}>
              {t('account.changePassword')}
            </Button>
          </div>
        </Stack>
      </form>
    </Panel>
  );
}
