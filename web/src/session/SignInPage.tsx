import { Button, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, asApiError } from '../api/problem.ts';
import { Notice } from '../ui/Notice.tsx';
import { usePageTitle } from '../ui/use-page-title.ts';
import { OtherWays } from './OtherWays.tsx';
import { hasPasskeys, isDismissed, signInByPasskey, signInWithPasskey } from './passkeys.ts';
import { SecondFactorFields } from './SecondFactorFields.tsx';
import classes from './SignInPage.module.css';
import { signIn } from './sign-in.ts';
import { safeTarget } from './target.ts';
import { waitWords } from './wait.ts';

const route = getRouteApi('/login');

export function SignInPage() {
  const { t } = useTranslation();
  const { next, ended } = route.useSearch();
  const router = useRouter();
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [asksForCode, setAsksForCode] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  usePageTitle(t('session.signIn'));

  /** Whatever the way in, what follows is the same. */
  async function enter(begin: () => Promise<unknown>) {
    setIsBusy(true);
    setFailure(null);
    try {
      await begin();
      client.clear();
      router.history.push(safeTarget(next));
    } catch (thrown) {
      setIsBusy(false);
      if (isDismissed(thrown)) return;
      const error = asApiError(thrown);
      if (error.code === 'mfa_required') setAsksForCode(true);
      else setFailure(error);
    }
  }

  function typed() {
    const fields = new FormData(form.current ?? undefined);
    const text = (name: string) => String(fields.get(name) ?? '');
    return { email: text('email'), password: text('password'), code: text('code').replaceAll(' ', '') };
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const { code, ...credentials } = typed();
    void enter(() => signIn({ ...credentials, ...(asksForCode ? { code } : {}) }));
  }

  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <form ref={form} onSubmit={submit}>
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
              <SecondFactorFields
                isBusy={isBusy}
                onPasskey={hasPasskeys() ? () => void enter(() => signInWithPasskey(typed())) : null}
              />
            )}
            <Button type="submit" loading={isBusy} fullWidth>
              {t('session.signIn')}
            </Button>
          </Stack>
        </form>
        {!asksForCode && (
          <OtherWays
            target={safeTarget(next)}
            isBusy={isBusy}
            onPasskey={() => void enter(signInByPasskey)}
          />
        )}
      </div>
    </main>
  );

  function reason(error: ApiError): string {
    if (error.code === 'credentials_refused')
      return t(asksForCode ? 'session.refusedWithCode' : 'session.refused');
    if (error.isUnreachable) return t('state.unreachableWhy');
    return waitWords(t, error) ?? error.message;
  }
}
