import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { type ApiError, asApiError, faultsByField } from '../api/problem.ts';
import type { Passkey } from '../api/schema.ts';
import { isDismissed, makePasskey } from '../session/passkeys.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Notice } from '../ui/Notice.tsx';
import { useOnce } from '../ui/use-once.ts';
import { ProofField, proofOf } from './ProofField.tsx';
import { passkeysQuery, ssoLinksQuery } from './queries.ts';

export type PasskeyAct = { kind: 'add' } | { kind: 'rename' | 'remove'; passkey: Passkey };

interface Wish {
  name: string;
  /** Sent only where the sign-in was too long ago to stand for the person. */
  proof: { password?: string };
}

/** Adds, renames or removes a passkey of one's own. */
export function PasskeyDialog({ act, onClose }: { act: PasskeyAct; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [asksForPassword, setAsksForPassword] = useState(false);
  const { isBusy, once } = useOnce();
  const faults: Record<string, string> = failure === null ? {} : faultsByField(failure);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const typed = new FormData(event.currentTarget);
    setFailure(null);
    void once(() => save(typed));
  }

  async function save(typed: FormData) {
    try {
      await carryOut(act, {
        name: String(typed.get('name') ?? '').trim(),
        proof: proofOf(typed),
      });
      // With a passkey more or less, an identity provider may be the last way in or not.
      void client.invalidateQueries({ queryKey: ssoLinksQuery.queryKey });
      await client.invalidateQueries({ queryKey: passkeysQuery.queryKey });
      onClose();
    } catch (thrown) {
      if (isDismissed(thrown)) return;
      const error = asApiError(thrown);
      if (error.code === 'recent_sign_in_needed') setAsksForPassword(true);
      else setFailure(error);
    }
  }

  return (
    <Dialog title={t(`account.${act.kind}PasskeyTitle`)} onClose={onClose} isBusy={isBusy}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {act.kind === 'add' && <Text size="sm">{t('account.addPasskeyHelp')}</Text>}
          {act.kind === 'remove' && (
            <Text size="sm">
              {t('account.removePasskeyHelp')} <strong translate="no">{act.passkey.name}</strong>
            </Text>
          )}
          {act.kind !== 'remove' && (
            <TextInput
              name="name"
              label={t('account.name')}
              description={t('account.passkeyNameHelp')}
              defaultValue={act.kind === 'rename' ? act.passkey.name : ''}
              error={faults.name}
              required
              data-autofocus
            />
          )}
          {asksForPassword && <ProofField />}
          {failure !== null && faults.name === undefined && (
            <Notice tone="bad">
              <span translate="no">{failure.message}</span>
            </Notice>
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose} disabled={isBusy}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={isBusy} {...(act.kind === 'remove' ? { color: 'red' } : {})}>
              {t(`account.${act.kind}Passkey`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

async function carryOut(act: PasskeyAct, { name, proof }: Wish): Promise<void> {
  if (act.kind === 'add') {
    const { publicKey } = await body(api.POST('/api/v1/users/me/passkeys/options', { body: proof }));
    const credential = await makePasskey(publicKey);
    await body(api.POST('/api/v1/users/me/passkeys', { body: { name, credential } }));
    return;
  }
  const params = { path: { passkeyId: act.passkey.id } };
  const path = '/api/v1/users/me/passkeys/{passkeyId}';
  if (act.kind === 'rename') await body(api.PATCH(path, { params, body: { name } }));
  else await body(api.DELETE(path, { params, body: proof }));
}
