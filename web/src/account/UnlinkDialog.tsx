import { Button, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { type ApiError, asApiError } from '../api/problem.ts';
import type { OwnSsoLink } from '../api/schema.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { ProofField, proofOf } from './ProofField.tsx';

/** Lets a provider vouch for oneself no more. All sessions end by it, so that the way leads to the sign-in. */
export function UnlinkDialog({ link, onClose }: { link: OwnSsoLink; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [asksForPassword, setAsksForPassword] = useState(false);
  const [isBusy, setIsBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const proof = proofOf(new FormData(event.currentTarget));
    setIsBusy(true);
    setFailure(null);
    try {
      const params = { path: { provider: link.providerSlug } };
      await body(api.DELETE('/api/v1/users/me/sso-links/{provider}', { params, body: proof }));
      // Which finds that the session is over.
      await client.invalidateQueries();
      onClose();
    } catch (thrown) {
      setIsBusy(false);
      const error = asApiError(thrown);
      if (error.code === 'recent_sign_in_needed') setAsksForPassword(true);
      else setFailure(error);
    }
  }

  return (
    <Dialog title={t('account.unlinkTitle')} onClose={onClose} isBusy={isBusy}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">
            {t('account.unlinkHelp')} <strong translate="no">{link.providerName}</strong>
          </Text>
          <Text size="sm">{t('account.unlinkEnds')}</Text>
          {asksForPassword && <ProofField />}
          <Failure of={failure} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose} disabled={isBusy}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" color="red" loading={isBusy}>
              {t('account.unlink')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
