import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { GatewayEnrolment } from '../api/schema.ts';
import { DataTable } from '../ui/DataTable.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Panel } from '../ui/Panel.tsx';
import { RowAct } from './RowAct.tsx';

/** Codes of a gateway that can still be used. None of them is shown again. */
export function CodesPanel({ gatewayId, codes }: { gatewayId: string; codes: GatewayEnrolment[] }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('gateways.codes')}>
      <Text size="sm" mb="sm">
        {t(codes.length === 0 ? 'gateways.noCodes' : 'gateways.codesHelp')}
      </Text>
      {codes.length > 0 && (
        <DataTable
          label={t('gateways.codes')}
          columns={[
            { key: 'made', header: t('gateways.made'), cell: ({ createdAt }) => <Moment at={createdAt} /> },
            { key: 'ends', header: t('gateways.ends'), cell: ({ expiresAt }) => <Moment at={expiresAt} /> },
            {
              key: 'uses',
              header: t('gateways.usesLeft'),
              cell: ({ usesLeft }) => <span translate="no">{usesLeft}</span>,
            },
            {
              key: 'actions',
              header: t('leases.actions'),
              isQuiet: true,
              cell: code => <TakeBack gatewayId={gatewayId} code={code} />,
            },
          ]}
          rows={codes}
          rowKey={({ id }) => id}
        />
      )}
    </Panel>
  );
}

/** Another one is made in a moment. */
function TakeBack({ gatewayId, code }: { gatewayId: string; code: GatewayEnrolment }) {
  const { t } = useTranslation();
  const takeBack = () => {
    const params = { path: { gatewayId, enrolmentId: code.id } };
    return body(api.DELETE('/api/v1/gateways/{gatewayId}/enrolments/{enrolmentId}', { params }));
  };
  return <RowAct act={takeBack} label={t('gateways.takeBack')} />;
}
