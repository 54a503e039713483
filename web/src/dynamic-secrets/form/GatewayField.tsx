import { Group, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Gateway } from '../../api/schema.ts';
import { GatewayStatus } from '../../gateways/GatewayStatus.tsx';
import { LastSeen } from '../../gateways/LastSeen.tsx';
import { policyOf } from '../../gateways/policy.ts';
import { gatewaysQuery } from '../../gateways/queries.ts';
import type { FieldsProps } from './fields.ts';

const INTERNET = 'internet';

/** The gateway that does the work or is on the way, with how each of them is now. */
export function GatewayField({ draft, change, faults, isEdit }: FieldsProps) {
  const { t } = useTranslation();
  const { data: gateways = [], error, isSuccess } = useQuery({ ...gatewaysQuery, retry: false });
  const doesWork = draft.authMethod === 'gateway';
  const isOfSaved = draft.connectionId !== '';
  const chosen = gateways.find(({ id }) => id === draft.gatewayId);
  const ways = gateways.map(({ id, name }) => ({ value: id, label: name }));
  const known =
    draft.gatewayId === '' || chosen !== undefined
      ? ways
      : [{ value: draft.gatewayId, label: draft.gatewayId }, ...ways];
  const none = doesWork ? null : INTERNET;

  function choose(gatewayId: string) {
    const policy = policyOf(gateways.find(({ id }) => id === gatewayId)?.policy);
    // What it does not do is not left to be tried: each lease would be refused.
    const cannotAnchor = doesWork && policy?.static.anchors === false;
    change({ gatewayId, ...(cannotAnchor ? { revocable: 'no' as const } : {}) });
  }

  function help(): string {
    if (isOfSaved) return t('form.gatewayOfSaved');
    if (error !== null) return t('form.gatewayUnseen');
    return t(doesWork ? 'form.gatewayDoesHelp' : 'form.gatewayHelp');
  }

  return (
    <Stack gap={6}>
      <Select
        label={t('form.gatewayField')}
        description={help()}
        placeholder={t('form.chooseGateway')}
        data={doesWork ? known : [{ value: INTERNET, label: t('form.internetGateway') }, ...known]}
        value={draft.gatewayId === '' ? none : draft.gatewayId}
        onChange={value => choose(value === null || value === INTERNET ? '' : value)}
        renderOption={({ option }) => (
          <Option label={option.label} gateway={gateways.find(({ id }) => id === option.value)} />
        )}
        error={faults.gatewayId}
        disabled={isEdit || isOfSaved}
        allowDeselect={false}
        searchable={known.length > 8}
        required={doesWork}
      />
      {chosen !== undefined && <How gateway={chosen} />}
      {doesWork && isSuccess && gateways.length === 0 && (
        <Text size="sm">
          {t('form.noGateways')} <Link to="/gateways/new">{t('form.makeGateway')}</Link>
        </Text>
      )}
    </Stack>
  );
}

function Option({ label, gateway }: { label: string; gateway: Gateway | undefined }) {
  return (
    <div>
      <div translate={gateway === undefined ? 'yes' : 'no'}>{label}</div>
      {gateway !== undefined && <How gateway={gateway} />}
    </div>
  );
}

/** Its state, and when it was there. */
function How({ gateway }: { gateway: Gateway }) {
  return (
    <Group gap="sm">
      <GatewayStatus gateway={gateway} />
      {gateway.connectedAt != null && (
        <Text size="sm" c="dimmed" component="div">
          <LastSeen gateway={gateway} isFocusable={false} />
        </Text>
      )}
    </Group>
  );
}
