import { Stack } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../session/queries.ts';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Panel } from '../ui/Panel.tsx';
import { PasskeysPanel } from './PasskeysPanel.tsx';
import { PasswordPanel } from './PasswordPanel.tsx';
import { SecondFactorPanel } from './SecondFactorPanel.tsx';
import { SessionsPanel } from './SessionsPanel.tsx';
import { SsoLinksPanel } from './SsoLinksPanel.tsx';

/** Who one is here, and by what one signs in. */
export function AccountSection() {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const value = (text: string | null | undefined) => <span translate="no">{text ?? '–'}</span>;
  return (
    <Stack gap="md">
      <Panel title={t('account.you')}>
        <Facts>
          <Fact name={t('session.email')}>{value(me.user.email)}</Fact>
          <Fact name={t('account.name')}>{value(me.user.name)}</Fact>
          <Fact name={t('account.organization')}>{value(me.organizationName)}</Fact>
          <Fact name={t('account.role')}>{value(me.user.role)}</Fact>
        </Facts>
      </Panel>
      <SessionsPanel />
      <PasskeysPanel />
      <SsoLinksPanel />
      <SecondFactorPanel isOn={me.user.hasSecondFactor} codesLeft={me.recoveryCodes} />
      <PasswordPanel email={me.user.email} />
    </Stack>
  );
}
