import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../app/links.tsx';
import { Timeline } from '../audit/Timeline.tsx';
import { ActionButton } from '../ui/ActionButton.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { PageTabs } from '../ui/PageTabs.tsx';
import { DeleteGatewayDialog } from './DeleteGatewayDialog.tsx';
import { GatewayStatus } from './GatewayStatus.tsx';
import { PolicyTab } from './PolicyTab.tsx';
import { gatewayQuery } from './queries.ts';
import { RenameDialog } from './RenameDialog.tsx';
import { RevokeDialog } from './RevokeDialog.tsx';
import { GATEWAY_TABS } from './routes.ts';
import { StatusTab } from './StatusTab.tsx';

const route = getRouteApi('/shell/gateways/$gateway');

type Tab = (typeof GATEWAY_TABS)[number];
const DIALOGS = { rename: RenameDialog, revoke: RevokeDialog, delete: DeleteGatewayDialog };

/** One gateway: how it is now, what it lets itself be asked, and what happened to it. */
export function GatewayPage() {
  const { t } = useTranslation();
  const { gateway: id } = route.useParams();
  const { tab = 'status' } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: details } = useSuspenseQuery(gatewayQuery(id));
  const { gateway } = details;
  const [asks, setAsks] = useState<keyof typeof DIALOGS | null>(null);
  const Asking = asks === null ? null : DIALOGS[asks];
  const isRevoked = gateway.state === 'revoked';
  const content: Record<Tab, () => ReactNode> = {
    status: () => <StatusTab details={details} />,
    policy: () => <PolicyTab gateway={gateway} />,
    activity: () => <Timeline filter={{ gatewayId: id }} />,
  };
  return (
    <>
      <PageHeader
        title={gateway.name}
        isName
        trail={<Link to="/gateways">{t('places.gateways')}</Link>}
        facts={<GatewayStatus gateway={gateway} />}
        actions={
          <>
            <ActionButton variant="default" onClick={() => setAsks('rename')}>
              {t('gateways.rename')}
            </ActionButton>
            <ActionButton
              variant="default"
              reason={isRevoked ? t('gateways.isRevoked') : null}
              onClick={() => setAsks('revoke')}
            >
              {t('gateways.revoke')}
            </ActionButton>
            <ActionButton variant="default" onClick={() => setAsks('delete')}>
              {t('ui.remove')}
            </ActionButton>
            <ButtonLink to="/gateways/$gateway/enrol" params={{ gateway: id }} data-key="n">
              {t('gateways.enrolAct')}
            </ButtonLink>
          </>
        }
      />
      <PageTabs
        tabs={GATEWAY_TABS.map(key => ({ key, label: t(`gateways.tabs.${key}`) }))}
        chosen={tab}
        onChoose={next => void navigate({ search: next === 'status' ? {} : { tab: next } })}
      >
        {content[tab]()}
      </PageTabs>
      {Asking !== null && <Asking gateway={gateway} onClose={() => setAsks(null)} />}
    </>
  );
}
