import { Button, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { type ApiError, asApiError, faultsByField } from '../api/problem.ts';
import { ButtonLink } from '../app/links.tsx';
import { Notice } from '../ui/Notice.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { tell } from '../ui/tell.ts';
import { useOnce } from '../ui/use-once.ts';
import { usePageTitle } from '../ui/use-page-title.ts';
import { useLinkSecret } from './link-secret.ts';
import classes from './SignInPage.module.css';

export function AcceptInvitationPage() {
  return <LinkPage kind="join" />;
}

export function ResetPasswordPage() {
  return <LinkPage kind="reset" />;
}

/** Where links lead that let somebody choose a password, once: the first one, or a new one. */
function LinkPage({ kind }: { kind: 'join' | 'reset' }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const token = useLinkSecret();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const { isBusy, once } = useOnce();
  const faults: Record<string, string> = failure === null ? {} : faultsByField(failure);
  const title = t(`session.link.${kind}`);
  usePageTitle(title);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setFailure(null);
    void once(() => send(form));
  }

  async function send(form: FormData) {
    const password = String(form.get('password'));
    try {
      if (kind === 'join') {
        const sent = { token, name: String(form.get('name')), password };
        await body(api.POST('/api/v1/users/invitations/accept', { body: sent }));
      } else {
        await body(api.POST('/api/v1/auth/password/reset', { body: { token, password } }));
      }
      tell({ color: 'green', message: t(`session.link.${kind}Done`) });
      await navigate({ to: '/login' });
    } catch (thrown) {
      setFailure(asApiError(thrown));
    }
  }

  if (token === '') {
    return (
      <main className={classes.page}>
        <StatePanel
          kind="missing"
          isPage
          title={t('session.link.incomplete')}
          action={<ButtonLink to="/login">{t('session.signIn')}</ButtonLink>}
        >
          {t('session.link.incompleteWhy')}
        </StatePanel>
      </main>
    );
  }
  return (
    <main className={classes.page}>
      <form className={classes.card} onSubmit={submit}>
        <Stack gap="md">
          <Title order={1} size="h3">
            {title}
          </Title>
          {failure !== null && faults.password === undefined && (
            <Notice tone="bad">
              <span translate="no">{failure.message}</span>
            </Notice>
          )}
          {kind === 'join' && (
            <TextInput
              name="name"
              label={t('session.link.name')}
              autoComplete="name"
              error={faults.name}
              required
            />
          )}
          <PasswordInput
            name="password"
            label={t('account.newPassword')}
            description={t('account.passwordHelp')}
            autoComplete="new-password"
            minLength={12}
            maxLength={128}
            error={faults.password}
            required
            visibilityToggleButtonProps={{ 'aria-label': t('session.showPassword') }}
          />
          <Button type="submit" loading={isBusy} fullWidth>
            {t(`session.link.${kind}Act`)}
          </Button>
        </Stack>
      </form>
    </main>
  );
}
