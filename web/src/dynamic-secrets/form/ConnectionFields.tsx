import { PasswordInput, Select, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { KubeconfigIntake } from '../../connections/KubeconfigIntake.tsx';
import { connectionsQuery } from '../../connections/queries.ts';
import { NONE } from '../../gateways/way.ts';
import type { FieldsProps } from './fields.ts';
import { GatewayField } from './GatewayField.tsx';

const OWN = 'own';

/** The way to the API server and how Mayfly is let in: a gateway's own, a saved connection, or an address and a token of its own. */
export function ConnectionFields(props: FieldsProps) {
  const { draft, change } = props;
  const { t } = useTranslation();
  const connections = useQuery(connectionsQuery);
  const saved = (connections.data ?? []).map(({ id, name, url }) => ({
    value: id,
    label: `${name ?? url} · ${url}`,
  }));
  if (draft.authMethod === 'gateway') return <GatewayField {...props} />;
  return (
    <Stack gap="md">
      <GatewayField {...props} />
      <Select
        label={t('form.cluster')}
        description={connections.error === null ? t('form.clusterHelp') : t('form.clusterUnseen')}
        data={[{ value: OWN, label: t('form.ownConnection') }, ...saved]}
        value={draft.connectionId === '' ? OWN : draft.connectionId}
        onChange={value =>
          change(value === null || value === OWN ? { connectionId: '' } : { connectionId: value, ...NONE })
        }
        error={props.faults.clusterConnectionId}
        allowDeselect={false}
        searchable={saved.length > 8}
      />
      {draft.connectionId === '' && <OwnConnection {...props} />}
    </Stack>
  );
}

function OwnConnection({ draft, change, faults, isEdit }: FieldsProps) {
  const { t } = useTranslation();
  const verifiedBy =
    draft.sslEnabled && draft.ca.trim() !== '' ? 'form.verifiedByCa' : 'form.verifiedBySystem';
  return (
    <>
      <KubeconfigIntake
        onFill={({ url, ca, token }) => change({ url, ca, clusterToken: token, sslEnabled: true })}
      />
      <TextInput
        label={t('secrets.clusterUrl')}
        description={t('form.urlHelp')}
        value={draft.url}
        onChange={event => change({ url: event.currentTarget.value })}
        error={faults.url}
        type="url"
        autoComplete="off"
        spellCheck={false}
        required
      />
      <Switch
        label={t('form.enableSsl')}
        description={t('form.sslHelp')}
        checked={draft.sslEnabled}
        onChange={event => change({ sslEnabled: event.currentTarget.checked })}
      />
      {draft.sslEnabled && (
        <Textarea
          label={t('form.ca')}
          description={t('form.caHelp')}
          value={draft.ca}
          onChange={event => change({ ca: event.currentTarget.value })}
          error={faults.ca}
          rows={4}
          classNames={{ input: 'mono' }}
          spellCheck={false}
        />
      )}
      <Text size="sm" c="dimmed">
        {t(verifiedBy)}
      </Text>
      <PasswordInput
        label={t('form.clusterToken')}
        description={isEdit ? t('form.tokenKept') : t('form.tokenHelp')}
        value={draft.clusterToken}
        onChange={event => change({ clusterToken: event.currentTarget.value })}
        error={faults.clusterToken}
        autoComplete="off"
        required={!isEdit}
        visibilityToggleButtonProps={{ 'aria-label': t('form.showToken') }}
      />
    </>
  );
}
