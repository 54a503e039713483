import { ActionIcon, Group } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { useKeys } from '../keys/use-key.ts';
import { Drawer } from '../ui/Drawer.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { LeaseDetails } from './LeaseDetails.tsx';
import { leaseQuery } from './lease.ts';

interface Props {
  id: string;
  /** The slug of its project; asked for where it is not known. */
  project: string | undefined;
  /** The list it is one of, to go on to its neighbours. */
  leases: Lease[];
  /** Asked for when the end of what was read of the list comes near. */
  onNearEnd: () => void;
  onOpen: (id: string) => void;
  onClose: () => void;
}

/** One lease beside the list. Its address is that of its page, so that a link to it shows the page. */
export function LeaseDrawer({ id, project, leases, onNearEnd, onOpen, onClose }: Props) {
  const { t } = useTranslation();
  const lease = useQuery(leaseQuery(project, id));
  const at = leases.findIndex(candidate => candidate.id === id);
  const step = (by: number) => {
    const next = at < 0 ? undefined : leases[at + by];
    if (next !== undefined) onOpen(next.id);
  };
  useEffect(() => {
    if (at >= leases.length - 2) onNearEnd();
  }, [at, leases.length, onNearEnd]);
  useKeys({ '[': () => step(-1), ']': () => step(1) }, 'dialog');
  return (
    <Drawer
      title={t('leases.one')}
      onClose={onClose}
      actions={
        <Group gap="xs" ml="auto">
          <ActionIcon
            variant="default"
            size={36}
            aria-label={t('shell.keyPrevious')}
            aria-keyshortcuts="["
            disabled={at <= 0}
            onClick={() => step(-1)}
          >
            <IconChevronUp size={18} aria-hidden="true" />
          </ActionIcon>
          <ActionIcon
            variant="default"
            size={36}
            aria-label={t('shell.keyNext')}
            aria-keyshortcuts="]"
            disabled={at < 0 || at >= leases.length - 1}
            onClick={() => step(1)}
          >
            <IconChevronDown size={18} aria-hidden="true" />
          </ActionIcon>
        </Group>
      }
    >
      {lease.data !== undefined && <LeaseDetails lease={lease.data} />}
      {lease.data === undefined && lease.error === null && <Waiting />}
      {lease.data === undefined && lease.error !== null && (
        <FailurePanel failure={lease.error} onRetry={() => void lease.refetch()} />
      )}
    </Drawer>
  );
}
