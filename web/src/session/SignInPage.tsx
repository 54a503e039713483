import { Button, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, asApiError } from '../api/problem.ts';
import { Notice } from '../ui/Notice.tsx';
import { usePageTitle } from '../ui/use-page-title.ts';
import classes from './SignInPage.module.css';
import { signIn } from './sign-in.ts';
import { safeTarget } from './target.ts';

const route = getRouteApi('/login');

export function SignInPage() {
  const { t } = useTranslation();
  const { next, ended } = route.useSearch();
  const router = useRouter();
  const client = useQueryClient();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [asksForCode, setAsksForCode] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  usePageTitle(t('session.signIn'));

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '');
    setIsBusy(true);
    setFailure(null);
    try {
      const code = text('code').replaceAll(' ', '');
      await signIn({ email: text('email'), password: text('password'), ...(asksForCode ? { code } : {}) });
      client.clear();
      router.history.push(safeTarget(next));
    } catch (thrown) {
      const error = asApiError(thrown);
      setIsBusy(false);
      if (error.code === 'mfa_required') setAsksForCode(true);
      else setFailure(error);
    }
  }

  return (
    <main className={classes.page}>
      <form className={classes.card} onSubmit={submit}>
        <Stack gap="md">
          <div className={classes.brand}>
            <img src="/mayfly.svg" alt="" width={28} height={28} />
            <span translate="no">Mayfly</span>
          </div>
          <Title order={1} size="h3">
            {t('session.signIn')}
          </Title>
          {ended && failure === null && <Notice tone="plain">{t('session.ended')}</Notice>}
          {failure !== null && <Notice tone="bad">{reason(failure)}</Notice>}
          <TextInput
            name="email"
            type="email"
            label={t('session.email')}
            autoComplete="username"
            required
            autoFocus
          />
          <PasswordInput
            name="password"
            label={t('session.password')}
            autoComplete="current-password"
            required
            visibilityToggleButtonProps={{ 'aria-label': t('session.showPassword') }}
          />
          {asksForCode && (
            <TextInput
              name="code"
              label={t('session.code')}
              description={t('session.codeHelp')}
              autoComplete="one-time-code"
              required
              autoFocus
            />
          )}
          <Button type="submit" loading={isBusy} fullWidth>
            {t('session.signIn')}
          </Button>
        </Stack>
      </form>
    </main>
  );

  function reason(error: ApiError): string {
    if (error.code === 'credentials_refused')
      return t(asksForCode ? 'session.refusedWithCode' : 'session.refused');
    if (error.code === 'too_many_attempts') return t('session.tooMany', { seconds: error.retryAfter ?? 60 });
    if (error.isUnreachable) return t('state.unreachableWhy');
    return error.message;
  }
}
