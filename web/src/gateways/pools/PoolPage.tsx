import { Stack, Text } from '@mantine/core';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionButton } from '../../ui/ActionButton.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { PageHeader } from '../../ui/PageHeader.tsx';
import { DependantsPanel } from '../DependantsPanel.tsx';
import { DeletePoolDialog } from './DeletePoolDialog.tsx';
import { MembersPanel } from './MembersPanel.tsx';
import { PoolStatus } from './PoolStatus.tsx';
import { poolDependantsQuery, poolQuery } from './queries.ts';
import { RenamePoolDialog } from './RenamePoolDialog.tsx';

const route = getRouteApi('/shell/gateways/pools/$pool');
const DIALOGS = { rename: RenamePoolDialog, delete: DeletePoolDialog };

/** One pool: which gateways are in it and how they are now, and what leads through it. */
export function PoolPage() {
  const { t } = useTranslation();
  const { pool: id } = route.useParams();
  const { data: pool } = useSuspenseQuery(poolQuery(id));
  const dependants = useQuery(poolDependantsQuery(id));
  const [asks, setAsks] = useState<keyof typeof DIALOGS | null>(null);
  const Asking = asks === null ? null : DIALOGS[asks];
  const isDown = pool.memberCount > 0 && pool.healthyMemberCount === 0;
  return (
    <>
      <PageHeader
        title={pool.name}
        isName
        trail={
          <>
            <Link to="/gateways">{t('places.gateways')}</Link>
            {' / '}
            <Link to="/gateways/pools">{t('gateways.pools.title')}</Link>
          </>
        }
        facts={<PoolStatus pool={pool} />}
        actions={
          <>
            <ActionButton variant="default" onClick={() => setAsks('rename')}>
              {t('gateways.rename')}
            </ActionButton>
            <ActionButton variant="default" onClick={() => setAsks('delete')}>
              {t('ui.remove')}
            </ActionButton>
          </>
        }
      />
      <Stack gap="md">
        <Text size="sm">{t('gateways.pools.why')}</Text>
        {isDown && pool.connectedResourcesCount > 0 && (
          <Notice tone="warn">{t('gateways.pools.noneHere')}</Notice>
        )}
        <MembersPanel pool={pool} />
        <DependantsPanel query={dependants} />
      </Stack>
      {Asking !== null && <Asking pool={pool} onClose={() => setAsks(null)} />}
    </>
  );
}
