import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Gateway } from '../api/schema.ts';
import { Moment } from '../ui/Moment.tsx';
import { isHere } from './standing.ts';

interface Props {
  gateway: Gateway;
  isFocusable?: boolean;
}

/** Since when it is here, or when it was last and why it went. */
export function LastSeen({ gateway, isFocusable = true }: Props) {
  const { t } = useTranslation();
  const { connectedAt, leftAt, leftBecause } = gateway;
  if (connectedAt == null) return t('gateways.neverSeen');
  if (isHere(gateway))
    return (
      <>
        {t('gateways.hereSince')} <Moment at={connectedAt} isFocusable={isFocusable} />
      </>
    );
  return (
    <>
      <Moment at={leftAt ?? connectedAt} isFocusable={isFocusable} />
      {leftBecause != null && (
        <Text size="sm" c="dimmed" translate="no">
          {leftBecause}
        </Text>
      )}
    </>
  );
}
