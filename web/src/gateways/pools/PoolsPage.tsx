import { Button, Text } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { StatePanel } from '../../ui/StatePanel.tsx';
import { GatewaysFrame } from '../GatewaysFrame.tsx';
import { NewPoolDialog } from './NewPoolDialog.tsx';
import { PoolTable } from './PoolTable.tsx';
import { watchedPoolsQuery } from './queries.ts';

/** Gateways under one name, and how many of each are there. */
export function PoolsPage() {
  const { t } = useTranslation();
  const { data: pools } = useSuspenseQuery(watchedPoolsQuery);
  const [isMaking, setIsMaking] = useState(false);
  const create = (
    <Button onClick={() => setIsMaking(true)} data-key="n">
      {t('gateways.pools.new')}
    </Button>
  );
  return (
    <GatewaysFrame tab="pools" {...(pools.length === 0 ? {} : { actions: create })}>
      {pools.length === 0 ? (
        <StatePanel kind="empty" title={t('gateways.pools.none')} action={create}>
          {t('gateways.pools.noneWhy')}
        </StatePanel>
      ) : (
        <>
          <Text size="sm" mb="md">
            {t('gateways.pools.why')}
          </Text>
          <PoolTable pools={pools} />
        </>
      )}
      {isMaking && <NewPoolDialog onClose={() => setIsMaking(false)} />}
    </GatewaysFrame>
  );
}
