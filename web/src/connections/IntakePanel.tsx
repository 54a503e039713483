import { Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError } from '../api/problem.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { tell } from '../ui/tell.ts';
import { useOnce } from '../ui/use-once.ts';
import { Waiting } from '../ui/Waiting.tsx';
import { intakeQuery } from './queries.ts';

/** Whether the cluster sends its audit log, which is how a lease's page knows what its token did. */
export function IntakePanel({ connectionId }: { connectionId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = intakeQuery(connectionId);
  const intake = useQuery(query);
  const { isBusy, once } = useOnce();
  // Shown this once: it holds the only copy of the token, and is in this state and nowhere else.
  const [kubeconfig, setKubeconfig] = useState<string | null>(null);
  const [isClosing, setIsClosing] = useState(false);
  const params = { path: { connectionId } };
  const path = '/api/v1/cluster-connections/{connectionId}/audit-intake';

  const act = (begin: () => Promise<string | null>) =>
    once(async () => {
      try {
        setKubeconfig(await begin());
      } catch (thrown) {
        tell({ color: 'red', message: asApiError(thrown).message });
      }
      await client.invalidateQueries({ queryKey: query.queryKey });
    });
  const open = () =>
    act(
      async () => (await body(api.POST(path, { params, body: { serverUrl: location.origin } }))).kubeconfig,
    );
  const close = () =>
    act(async () => {
      await body(api.DELETE(path, { params }));
      setIsClosing(false);
      return null;
    });

  return (
    <Panel title={t('clusters.intake')}>
      <Stack gap="md">
        <Text size="sm">{t('clusters.intakeHelp')}</Text>
        {kubeconfig !== null && (
          <>
            <Text size="sm">{t('clusters.intakeOnce')}</Text>
            <Snippet label={t('clusters.intakeFile')} text={kubeconfig} />
          </>
        )}
        {content()}
      </Stack>
      {isClosing && (
        <ConfirmDialog
          title={t('clusters.intakeCloseTitle')}
          act={t('clusters.intakeClose')}
          isBusy={isBusy}
          onAct={close}
          onClose={() => setIsClosing(false)}
        >
          <Text size="sm">{t('clusters.intakeCloseWhy')}</Text>
        </ConfirmDialog>
      )}
    </Panel>
  );

  function content() {
    if (intake.data === undefined && intake.error !== null)
      return <FailurePanel failure={intake.error} onRetry={() => void intake.refetch()} />;
    if (intake.data === undefined) return <Waiting rows={1} />;
    const { intake: known } = intake.data;
    if (known == null) {
      return (
        <div>
          <ActionButton variant="default" onClick={open} loading={isBusy}>
            {t('clusters.intakeOpen')}
          </ActionButton>
        </div>
      );
    }
    return (
      <>
        <Facts>
          <Fact name={t('clusters.heard')}>
            {known.lastHeardAt == null ? t('clusters.neverHeard') : <Moment at={known.lastHeardAt} />}
          </Fact>
          <Fact name={t('clusters.events')}>
            <span translate="no">{known.events}</span>
          </Fact>
          <Fact name={t('clusters.joined')}>
            <span translate="no">{known.joined}</span>
          </Fact>
        </Facts>
        <Group>
          <ActionButton variant="default" onClick={() => setIsClosing(true)}>
            {t('clusters.intakeClose')}
          </ActionButton>
        </Group>
      </>
    );
  }
}
