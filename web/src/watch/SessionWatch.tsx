import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sessionsQuery } from '../account/queries.ts';
import { sinceLastUse } from '../session/last-use.ts';
import { formatRelative } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { sessionEnd } from './due.ts';

/** How long before its end somebody is asked. */
const AHEAD = 2 * 60_000;

/** Asks in time whether a session goes on, because with it ends what is being typed. */
export function SessionWatch() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const now = useNow();
  const { data: sessions } = useQuery({ ...sessionsQuery, staleTime: 600_000, refetchOnWindowFocus: false });
  const [dismissed, setDismissed] = useState(0);
  const session = sessions?.find(({ isCurrent }) => isCurrent);
  if (session === undefined) return null;
  const { at, isForGood } = sessionEnd(session, now, sinceLastUse());
  if (at - now > AHEAD || Math.abs(at - dismissed) < 5000) return null;
  const when = formatRelative(new Date(Math.max(at, now)).toISOString(), now);
  const close = () => setDismissed(at);
  return (
    <Dialog title={t('watch.sessionTitle')} onClose={close}>
      <Stack gap="md">
        <Text size="sm">{t(isForGood ? 'watch.sessionOver' : 'watch.sessionIdle', { when })}</Text>
        <Group justify="flex-end">
          {isForGood ? (
            <Button onClick={close}>{t('ui.close')}</Button>
          ) : (
            <Button
              data-autofocus
              onClick={() => void client.refetchQueries({ queryKey: sessionsQuery.queryKey })}
            >
              {t('watch.stay')}
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}
