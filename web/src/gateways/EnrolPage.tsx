import { Fieldset, Stack, Text, TextInput } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Gateway } from '../api/schema.ts';
import classes from '../connections/ConnectionForm.module.css';
import { Failure } from '../ui/Failure.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { ByAccount } from './ByAccount.tsx';
import { CodeFields } from './CodeFields.tsx';
import { CommandPanel } from './CommandPanel.tsx';
import { machineCommand, type OwnCluster } from './commands.ts';
import { gatewayQuery } from './queries.ts';
import { RuleFields } from './RuleFields.tsx';
import { misnamed, NO_RULES } from './rules.ts';
import { useCode } from './use-code.ts';
import { WaitPanel } from './WaitPanel.tsx';

const route = getRouteApi('/shell/gateways/$gateway/enrol');

/** One more process of a gateway: the command that brings it up, and a look-out for it. */
export function EnrolPage() {
  const { t } = useTranslation();
  const { gateway: id } = route.useParams();
  const { gateway, enrolmentText } = useSuspenseQuery(gatewayQuery(id)).data;
  const isClosed = gateway.state === 'locked' || gateway.state === 'revoked';
  return (
    <>
      <PageHeader
        title={t('gateways.enrol', { name: gateway.name })}
        trail={
          <>
            <Link to="/gateways">{t('places.gateways')}</Link>
            {' / '}
            <Link to="/gateways/$gateway" params={{ gateway: id }} translate="no">
              {gateway.name}
            </Link>
          </>
        }
      />
      {isClosed ? (
        <StatePanel kind="forbidden" title={t('gateways.closed')}>
          {t('gateways.closedWhy')}
        </StatePanel>
      ) : gateway.enrolment.method === 'token' ? (
        <ByCode gateway={gateway} />
      ) : (
        <ByAccount gateway={gateway} enrolmentText={enrolmentText ?? ''} />
      )}
    </>
  );
}

const CLUSTER: OwnCluster = {
  url: '',
  ca: '/etc/mayfly-gateway/cluster-ca.crt',
  token: '/etc/mayfly-gateway/cluster-token',
};

function ByCode({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const [cluster, setCluster] = useState(CLUSTER);
  const [rules, setRules] = useState(NO_RULES);
  const { code, failure, isBusy, make } = useCode(gateway.id);
  const field = (name: keyof OwnCluster) => ({
    label: t(`gateways.cluster.${name}`),
    description: t(`gateways.clusterHelp.${name}`),
    value: cluster[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setCluster({ ...cluster, [name]: event.currentTarget.value }),
    autoComplete: 'off',
    spellCheck: false,
    required: true,
  });
  const isWhole =
    Object.values(cluster).every(value => value.trim() !== '') && misnamed(rules.accounts).length === 0;
  return (
    <Stack gap="md" className={classes.form}>
      <Fieldset legend={t('gateways.itsCluster')}>
        <Stack gap="md">
          <TextInput {...field('url')} type="url" />
          <TextInput {...field('ca')} />
          <TextInput {...field('token')} />
        </Stack>
      </Fieldset>
      <Fieldset legend={t('gateways.itsPolicy')}>
        <Text size="sm" mb="md">
          {t('gateways.policyIsItsOwn')}
        </Text>
        <RuleFields rules={rules} change={changes => setRules({ ...rules, ...changes })} />
      </Fieldset>
      <Fieldset legend={t('gateways.code')}>
        <Text size="sm" mb="md">
          {t('gateways.codeHelp')}
        </Text>
        <CodeFields
          isBusy={isBusy}
          isAnother={code !== null}
          reason={isWhole ? null : t('gateways.sayFirst')}
          onMake={make}
        />
        <Failure of={failure} />
      </Fieldset>
      {code !== null && (
        <>
          <CommandPanel
            key={code.enrolment.id}
            secret={code.enrolmentText}
            expiresAt={code.enrolment.expiresAt}
            command={machineCommand(code.enrolmentText, rules, cluster)}
          />
          <WaitPanel
            key={`${code.enrolment.id} wait`}
            gateway={gateway}
            since={code.enrolment.createdAt}
            codeId={code.enrolment.id}
          />
        </>
      )}
    </Stack>
  );
}
