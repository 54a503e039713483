import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Sweep } from '../api/schema.ts';
import { useMutationOnce } from '../app/use-mutation-once.ts';
import { formatClock } from '../time/format.ts';
import { serverNow } from '../time/server-clock.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Panel } from '../ui/Panel.tsx';
import { isWhole } from './sweep.ts';

/** What Mayfly made in the cluster, and what of it no lease explains. Looking removes nothing; exactly what was shown can be removed then. */
export function ObjectsPanel({ connectionId }: { connectionId: string }) {
  const { t } = useTranslation();
  const sweep = useMutationOnce({
    mutationFn: async (approve: string | null) => {
      const params = { path: { connectionId } };
      const path = '/api/v1/cluster-connections/{connectionId}/sweep';
      const { sweep } = await body(api.POST(path, { params, body: approve === null ? {} : { approve } }));
      return { sweep, at: serverNow() };
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
        {sweep.data !== undefined && <Found {...sweep.data} onRemove={sweep.mutate} />}
      </Stack>
    </Panel>
  );
}

interface FoundProps {
  sweep: Sweep;
  at: number;
  onRemove: (digest: string) => void;
}

/** What was found, dated: it is true of that moment only, and of what could be seen. */
function Found({ sweep, at, onRemove }: FoundProps) {
  const { t } = useTranslation();
  const [isAsking, setIsAsking] = useState(false);
  const remaining = sweep.orphans.filter(orphan => !sweep.removed.includes(orphan));
  const isAllTold = isWhole(sweep);
  const words =
    remaining.length > 0 ? 'clusters.orphans' : isAllTold ? 'clusters.noOrphans' : 'clusters.noneToldApart';
  return (
    <>
      <Notice tone={remaining.length === 0 && isAllTold ? 'good' : 'warn'}>
        {t(words, { count: remaining.length })} {t('clusters.looked', { at: formatClock(at, serverNow()) })}
      </Notice>
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
          <ActionButton color="red" onClick={() => setIsAsking(true)}>
            {t('clusters.removeOrphans', { count: remaining.length })}
          </ActionButton>
        </div>
      )}
      {isAsking && (
        <ConfirmDialog
          title={t('clusters.removeOrphansTitle')}
          act={t('clusters.removeOrphans', { count: remaining.length })}
          onAct={() => {
            setIsAsking(false);
            onRemove(sweep.digest);
          }}
          onClose={() => setIsAsking(false)}
        >
          <Text size="sm">{t('clusters.removeOrphansWhy')}</Text>
          <Facts>
            <Names name={t('clusters.orphaned')} names={remaining} />
          </Facts>
        </ConfirmDialog>
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
