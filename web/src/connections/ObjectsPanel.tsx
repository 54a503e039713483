import { Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Sweep } from '../api/schema.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Panel } from '../ui/Panel.tsx';

/** What Mayfly made in the cluster, and what of it no lease explains. Looking removes nothing; exactly what was shown can be removed then. */
export function ObjectsPanel({ connectionId }: { connectionId: string }) {
  const { t } = useTranslation();
  const sweep = useMutation({
    mutationFn: async (approve: string | null) => {
      const params = { path: { connectionId } };
      const path = '/api/v1/cluster-connections/{connectionId}/sweep';
      return (await body(api.POST(path, { params, body: approve === null ? {} : { approve } }))).sweep;
    },
  });
  return (
    <Panel
      title={t('clusters.objects')}
      actions={
        <ActionButton variant="default" onClick={() => sweep.mutate(null)} loading={sweep.isPending}>
          {t('clusters.look')}
        </ActionButton>
      }
    >
      <Stack gap="md" aria-live="polite">
        {sweep.isIdle && <Text size="sm">{t('clusters.lookHelp')}</Text>}
        <Failure of={sweep.error} />
        {sweep.data !== undefined && <Found sweep={sweep.data} onRemove={sweep.mutate} />}
      </Stack>
    </Panel>
  );
}

function Found({ sweep, onRemove }: { sweep: Sweep; onRemove: (digest: string) => void }) {
  const { t } = useTranslation();
  const remaining = sweep.orphans.filter(orphan => !sweep.removed.includes(orphan));
  return (
    <>
      {remaining.length === 0 ? (
        <Notice tone="good">{t('clusters.noOrphans')}</Notice>
      ) : (
        <Notice tone="warn">{t('clusters.orphans', { count: remaining.length })}</Notice>
      )}
      <Facts>
        <Fact name={t('clusters.found')}>
          <span translate="no">{sweep.found}</span>
        </Fact>
        <Fact name={t('clusters.explained')}>
          <span translate="no">{sweep.explained}</span>
        </Fact>
        <Fact name={t('clusters.young')}>
          <span translate="no">{sweep.young}</span>
        </Fact>
        <Names name={t('clusters.orphaned')} names={remaining} />
        <Names name={t('clusters.removed')} names={sweep.removed} />
        <Names name={t('clusters.left')} names={sweep.left} />
        <Names name={t('clusters.unsealed')} names={sweep.unsealed} />
        <Names name={t('clusters.unseen')} names={sweep.unseen} />
      </Facts>
      {remaining.length > 0 && (
        <div>
          <ActionButton color="red" onClick={() => onRemove(sweep.digest)}>
            {t('clusters.removeOrphans', { count: remaining.length })}
          </ActionButton>
        </div>
      )}
    </>
  );
}

function Names({ name, names }: { name: string; names: string[] }) {
  if (names.length === 0) return null;
  return (
    <Fact name={name}>
      {names.map(one => (
        <div key={one} className="mono" translate="no">
          {one}
        </div>
      ))}
    </Fact>
  );
}
