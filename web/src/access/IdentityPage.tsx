import { Stack } from '@mantine/core';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OrganizationIdentity } from '../api/schema.ts';
import { Timeline } from '../audit/Timeline.tsx';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Moment } from '../ui/Moment.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { Panel } from '../ui/Panel.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';
import { ClientSecretsPanel } from './ClientSecretsPanel.tsx';
import { type IdentityAct, IdentityDialog } from './IdentityDialog.tsx';
import { identityQuery, signInsQuery } from './queries.ts';
import { SignIn } from './SignIn.tsx';

const route = getRouteApi('/shell/access/identities/$identity');

/** One machine: what it is, how it signs in, and what it did. */
export function IdentityPage() {
  const { t } = useTranslation();
  const { identity: id } = route.useParams();
  const { data: membership } = useSuspenseQuery(identityQuery(id));
  const { identity } = membership;
  const [act, setAct] = useState<IdentityAct | null>(null);
  return (
    <>
      <PageHeader
        title={identity.name}
        isName
        trail={
          <Link to="/access/$tab" params={{ tab: 'identities' }}>
            {t('access.tabs.identities')}
          </Link>
        }
        actions={
          <>
            <ActionButton
              variant="default"
              onClick={() => setAct(identity.isDisabled ? 'enable' : 'disable')}
            >
              {t(identity.isDisabled ? 'access.enable' : 'access.disable')}
            </ActionButton>
            <ActionButton
              variant="default"
              reason={identity.hasDeleteProtection ? t('access.protected') : null}
              onClick={() => setAct('remove')}
            >
              {t('access.remove')}
            </ActionButton>
          </>
        }
      />
      <Stack gap="md">
        <IdentityFacts membership={membership} />
        <ClientSecretsPanel identityId={id} />
        <Panel title={t('access.whatItDid')}>
          <Timeline filter={{ actor: id }} />
        </Panel>
      </Stack>
      {act !== null && <IdentityDialog act={act} identity={identity} onClose={() => setAct(null)} />}
    </>
  );
}

function IdentityFacts({ membership }: { membership: OrganizationIdentity }) {
  const { t } = useTranslation();
  const { identity } = membership;
  const isOut = identity.isDisabled === true;
  const { data: signIns } = useQuery(signInsQuery(identity.id));
  return (
    <Panel title={t('access.identity')}>
      <Facts>
        <Fact name={t('leases.id')}>
          <span className="mono" translate="no">
            {identity.id}
          </span>
        </Fact>
        <Fact name={t('leases.status')}>
          <StatusPill tone={isOut ? 'bad' : 'good'} label={t(isOut ? 'access.disabled' : 'access.enabled')} />
        </Fact>
        <Fact name={t('account.role')}>
          <span translate="no">{membership.role}</span>
        </Fact>
        <Fact name={t('access.signsInWith')}>
          <span translate="no">{identity.authMethods.join(', ') || '–'}</span>
        </Fact>
        <Fact name={t('access.since')}>
          <Moment at={membership.createdAt} />
        </Fact>
        {signIns !== undefined && (
          <Fact name={t('access.lastSignIn')}>
            {signIns[0] === undefined ? t('access.noSignIn') : <SignIn event={signIns[0]} />}
          </Fact>
        )}
      </Facts>
    </Panel>
  );
}
