import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../app/links.tsx';
import { Pages } from '../ui/Pages.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { GatewaysFrame } from './GatewaysFrame.tsx';
import { GatewayTable } from './GatewayTable.tsx';
import { gatewayPagesQuery } from './queries.ts';

/** Ways to clusters that the server cannot reach by itself, and how they are now. */
export function GatewaysPage() {
  const { t } = useTranslation();
  const query = useInfiniteQuery(gatewayPagesQuery);
  const isEmpty = query.data?.pages[0]?.gateways.length === 0;
  const create = (
    <ButtonLink to="/gateways/new" data-key="n">
      {t('gateways.new')}
    </ButtonLink>
  );
  return (
    <GatewaysFrame tab="gateways" {...(isEmpty ? {} : { actions: create })}>
      <Pages query={query}>
        {pages =>
          isEmpty ? (
            <StatePanel kind="empty" title={t('gateways.none')} action={create}>
              {t('gateways.noneWhy')}
            </StatePanel>
          ) : (
            <GatewayTable gateways={pages.flatMap(page => page.gateways)} />
          )
        }
      </Pages>
    </GatewaysFrame>
  );
}
