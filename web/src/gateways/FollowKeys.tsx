import { Stack, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Gateway } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { Failure } from '../ui/Failure.tsx';

/** Whether a gateway may tell that its cluster's keys are others. It is as easily undone, so nothing is asked first. */
export function FollowKeys({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const follow = useAct(
    (followsKeys: boolean) => {
      const params = { path: { gatewayId: gateway.id } };
      return body(api.PATCH('/api/v1/gateways/{gatewayId}', { params, body: { followsKeys } }));
    },
    ['gateways'],
  );
  return (
    <Stack gap="xs">
      <Switch
        label={t('gateways.followKeys')}
        description={t('gateways.followKeysHelp')}
        checked={gateway.enrolment.followsKeys !== false}
        disabled={follow.isPending}
        onChange={event => follow.mutate(event.currentTarget.checked)}
      />
      <Failure of={follow.error} />
    </Stack>
  );
}
