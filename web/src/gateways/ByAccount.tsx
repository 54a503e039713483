import { Fieldset, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Gateway } from '../api/schema.ts';
import classes from '../connections/ConnectionForm.module.css';
import { serverNow } from '../time/server-clock.ts';
import { Panel } from '../ui/Panel.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { SnippetTabs } from '../ui/SnippetTabs.tsx';
import { AccountFacts } from './AccountPanel.tsx';
import { chartValues, helmCommand, manifestCommand } from './commands.ts';
import { RuleFields } from './RuleFields.tsx';
import { NO_RULES } from './rules.ts';
import { WaitPanel } from './WaitPanel.tsx';

interface Props {
  gateway: Gateway;
  enrolmentText: string;
}

/** No code is handed out: each pod shows a token of its account, which its cluster made for this gateway. */
export function ByAccount({ gateway, enrolmentText }: Props) {
  const { t } = useTranslation();
  const [since] = useState(() => new Date(serverNow()).toISOString());
  const [rules, setRules] = useState(NO_RULES);
  const { namespace = '', serviceAccountName = '' } = gateway.enrolment;
  const account = { namespace: namespace ?? '', name: serviceAccountName ?? '' };
  return (
    <Stack gap="md" className={classes.form}>
      <Panel title={t('gateways.methods.service-account')}>
        <Text size="sm" mb="sm">
          {t('gateways.byAccount')}
        </Text>
        <AccountFacts gateway={gateway} />
      </Panel>
      <Fieldset legend={t('gateways.itsPolicy')}>
        <Text size="sm" mb="md">
          {t('gateways.policyInValues')}
        </Text>
        <RuleFields rules={rules} change={changes => setRules({ ...rules, ...changes })} />
      </Fieldset>
      <Panel title={t('gateways.install')}>
        <Stack gap="md">
          <Text size="sm">{t('gateways.installHelp')}</Text>
          <Snippet label={t('gateways.values')} text={chartValues(gateway.id, enrolmentText, rules)} />
          <SnippetTabs
            label={t('gateways.install')}
            tabs={[
              {
                key: 'helm',
                name: 'Helm',
                isName: true,
                label: t('gateways.byHelm'),
                text: helmCommand(account),
              },
              {
                key: 'manifest',
                name: 'kubectl',
                isName: true,
                label: t('gateways.byManifest'),
                text: manifestCommand(account),
              },
            ]}
          />
        </Stack>
      </Panel>
      <WaitPanel gateway={gateway} since={since} codeId={null} />
    </Stack>
  );
}
