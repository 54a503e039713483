import { Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { type ApiError, asApiError, faultsByField } from '../api/problem.ts';
import { Notice } from '../ui/Notice.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { useOnce } from '../ui/use-once.ts';
import { usePageTitle } from '../ui/use-page-title.ts';
import { statusQuery } from './queries.ts';
import classes from './SignInPage.module.css';
import { signIn } from './sign-in.ts';
import { waitWords } from './wait.ts';

/** From an empty server to its first administrator, with the code that lies in the server's data folder. */
export function SetupPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const { isBusy, once } = useOnce();
  const [machineToken, setMachineToken] = useState<string | null>(null);
  const faults: Record<string, string> = failure === null ? {} : faultsByField(failure);
  usePageTitle(t('session.setup.title'));

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setFailure(null);
    void once(() => setUp(form));
  }

  async function setUp(form: FormData) {
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const credentials = { email: text('email'), password: String(form.get('password')) };
    try {
      const sent = { ...credentials, organization: text('organization'), setupCode: text('setupCode') };
      const made = await body(api.POST('/api/v1/admin/bootstrap', { body: sent }));
      // Who cannot be signed in right now does that as anybody; what was made is shown only this once.
      await signIn(credentials).catch(() => undefined);
      await client.invalidateQueries({ queryKey: statusQuery.queryKey });
      setMachineToken(made.identity.credentials.token);
    } catch (thrown) {
      setFailure(asApiError(thrown));
    }
  }

  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <Stack gap="md">
          <Title order={1} size="h3">
            {t('session.setup.title')}
          </Title>
          {machineToken === null ? (
            <form onSubmit={submit}>
              <Stack gap="md">
                {failure !== null && (
                  <Notice tone="bad">
                    {waitWords(t, failure) ?? <span translate="no">{failure.message}</span>}
                  </Notice>
                )}
                <TextInput
                  name="setupCode"
                  label={t('session.setup.code')}
                  description={t('session.setup.codeHelp')}
                  error={faults.setupCode}
                  autoComplete="off"
                  required
                />
                <TextInput
                  name="organization"
                  label={t('account.organization')}
                  error={faults.organization}
                  required
                />
                <TextInput
                  name="email"
                  type="email"
                  label={t('session.email')}
                  error={faults.email}
                  autoComplete="username"
                  required
                />
                <PasswordInput
                  name="password"
                  label={t('session.password')}
                  description={t('account.passwordHelp')}
                  error={faults.password}
                  autoComplete="new-password"
                  minLength={12}
                  maxLength={128}
                  required
                  visibilityToggleButtonProps={{ 'aria-label': t('session.showPassword') }}
                />
                <Button type="submit" loading={isBusy} fullWidth>
                  {t('session.setup.act')}
                </Button>
              </Stack>
            </form>
          ) : (
            <>
              <Text size="sm">{t('session.setup.done')}</Text>
              <Snippet label={t('session.setup.machineToken')} text={machineToken} />
              <Button onClick={() => void navigate({ to: '/projects' })}>{t('shell.toProjects')}</Button>
            </>
          )}
        </Stack>
      </div>
    </main>
  );
}
