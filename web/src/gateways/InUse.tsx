import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api/problem.ts';
import type { GatewayResources } from '../api/schema.ts';
import { Failure } from '../ui/Failure.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Dependants } from './Dependants.tsx';

/** Why a gateway or a pool was not removed: what needs it, by name, where that is why. */
export function InUse({ of }: { of: unknown }) {
  const { t } = useTranslation();
  const failure = of == null ? null : asApiError(of);
  if (failure?.code !== 'gateway_in_use') return <Failure of={of} />;
  return (
    <Notice tone="bad">
      <Text size="sm" mb="xs">
        {t('gateways.inUse')}
      </Text>
      <Dependants of={failure.details as Partial<GatewayResources>} />
    </Notice>
  );
}
