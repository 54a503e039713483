import { Button } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../app/links.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { ConnectionCards } from './ConnectionCards.tsx';
import { ConnectionMap } from './ConnectionMap.tsx';
import { ConnectionTable } from './ConnectionTable.tsx';
import { Doors } from './Doors.tsx';
import { connectionsQuery } from './queries.ts';
import { VIEWS } from './routes.ts';

const route = getRouteApi('/shell/clusters');
const EXACT = { exact: true, includeSearch: true, explicitUndefined: true } as const;
const CONTENT = { table: ConnectionTable, cards: ConnectionCards, map: ConnectionMap };

export function ConnectionsPage() {
  const { t } = useTranslation();
  const { view = 'table' } = route.useSearch();
  const { data: connections } = useSuspenseQuery(connectionsQuery);
  const Content = CONTENT[view];
  if (connections.length === 0) {
    return (
      <>
        <PageHeader title={t('places.clusters')} />
        <StatePanel kind="empty" title={t('clusters.none')} action={<Doors />}>
          {t('clusters.noneWhy')}
        </StatePanel>
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={t('places.clusters')}
        actions={
          <>
            <Button.Group aria-label={t('clusters.view')}>
              {VIEWS.map(one => (
                <ButtonLink
                  key={one}
                  to="/clusters"
                  search={one === 'table' ? {} : { view: one }}
                  variant={one === view ? 'light' : 'default'}
                  activeOptions={EXACT}
                >
                  {t(`clusters.views.${one}`)}
                </ButtonLink>
              ))}
            </Button.Group>
            <ButtonLink to="/clusters/new" data-key="n">
              {t('clusters.connect')}
            </ButtonLink>
          </>
        }
      />
      <Content connections={connections} />
    </>
  );
}
