import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { type ApiError, asApiError } from '../api/problem.ts';
import type { EnrolledSecondFactor } from '../api/schema.ts';
import { Failure } from '../ui/Failure.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';
import { useOnce } from '../ui/use-once.ts';
import classes from './Account.module.css';
import { ConfirmSecondFactor } from './ConfirmSecondFactor.tsx';

/** Codes of an authenticator beside the password: set up, renewed and taken off with the password. */
export function SecondFactorPanel({ isOn, codesLeft }: { isOn: boolean; codesLeft: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [enrolled, setEnrolled] = useState<EnrolledSecondFactor | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const { isBusy, once } = useOnce();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const submitter = (event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement | null;
    const form = event.currentTarget;
    setFailure(null);
    void once(() => act(form, submitter));
  }

  async function act(form: HTMLFormElement, submitter: HTMLButtonElement | null) {
    const sent = { body: { password: String(new FormData(form).get('password')) } };
    try {
      if (submitter?.value === 'remove') await body(api.DELETE('/api/v1/users/me/second-factor', sent));
      else if (isOn)
        setCodes((await body(api.POST('/api/v1/users/me/second-factor/recovery-codes', sent))).recoveryCodes);
      else setEnrolled(await body(api.POST('/api/v1/users/me/second-factor', sent)));
      form.reset();
      await client.invalidateQueries({ queryKey: ['me'] });
    } catch (thrown) {
      setFailure(asApiError(thrown));
    }
  }

  return (
    <Panel title={t('account.secondFactor')}>
      <Stack gap="md">
        <StatusPill
          tone={isOn ? 'good' : 'plain'}
          label={isOn ? t('account.factorOn', { count: codesLeft }) : t('account.factorOff')}
        />
        {enrolled !== null && (
          <ConfirmSecondFactor
            enrolled={enrolled}
            onConfirmed={given => {
              setEnrolled(null);
              setCodes(given);
              void client.invalidateQueries({ queryKey: ['me'] });
            }}
          />
        )}
        {codes !== null && (
          <>
            <Text size="sm">{t('account.keepCodes')}</Text>
            <Snippet label={t('account.recoveryCodes')} text={codes.join('\n')} />
          </>
        )}
        {enrolled === null && (
          <form onSubmit={submit} className={classes.form}>
            <Stack gap="md">
              <PasswordInput
                name="password"
                label={t('account.oldPassword')}
                autoComplete="current-password"
                required
                visibilityToggleButtonProps={{ 'aria-label': t('session.showPassword') }}
              />
              <Group gap="sm">
                <Button type="submit" value="set" loading={isBusy}>
                  {t(isOn ? 'account.newCodes' : 'account.setUpFactor')}
                </Button>
                {isOn && (
                  <Button type="submit" value="remove" variant="default" loading={isBusy}>
                    {t('account.removeFactor')}
                  </Button>
                )}
              </Group>
            </Stack>
          </form>
        )}
        <Failure of={failure} />
      </Stack>
    </Panel>
  );
}
