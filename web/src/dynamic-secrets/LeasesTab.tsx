import { Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { DynamicSecret } from '../api/schema.ts';
import { LeaseTable } from '../leases/LeaseTable.tsx';
import { type Place, secretLeasesQuery } from '../leases/queries.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { Waiting } from '../ui/Waiting.tsx';

interface Props {
  secret: DynamicSecret;
  place: Place;
  /** Why no lease may be asked for. */
  refusal: string | null;
  onNew: () => void;
}

export function LeasesTab({ secret, place, refusal, onNew }: Props) {
  const { t } = useTranslation();
  const leases = useQuery(secretLeasesQuery(place, secret.name, secret.id));
  const add = (
    <ActionButton variant="light" reason={refusal} onClick={onNew}>
      {t('leases.new')}
    </ActionButton>
  );
  if (leases.data === undefined) {
    if (leases.error === null) return <Waiting />;
    return <FailurePanel failure={leases.error} onRetry={() => void leases.refetch()} />;
  }
  if (leases.data.length === 0) {
    return (
      <StatePanel kind="empty" title={t('leases.none')} action={add}>
        {t('leases.noneWhy')}
      </StatePanel>
    );
  }
  return (
    <Stack gap="md">
      <Group justify="flex-end">{add}</Group>
      <LeaseTable leases={leases.data} placeOf={() => place} projectOf={() => place.projectSlug} />
    </Stack>
  );
}
