import { Group } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { ButtonLink } from '../app/links.tsx';
import { meQuery } from '../session/queries.ts';
import { useNow } from '../time/use-now.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { DeleteLeaseDialog } from './DeleteLeaseDialog.tsx';
import { placeOf } from './queries.ts';
import { canEnd } from './standing.ts';

/** What can be done with a lease while it is live. A token is not prolonged: another one takes its place. */
export function LeaseActions({ lease, project }: { lease: Lease; project: string }) {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const now = useNow();
  const [isEnding, setIsEnding] = useState(false);
  const place = placeOf(lease, project);
  if (!canEnd(lease, now) && !isEnding) return null;
  return (
    <Group gap="sm">
      {lease.holder.id === me.user.id ? (
        <ButtonLink
          to="/p/$project/e/$environment/s/$name"
          params={{ project, environment: place.environmentSlug, name: lease.dynamicSecretName ?? '' }}
          search={{
            ...(place.path === '/' ? {} : { path: place.path }),
            generate: true,
            replaces: lease.id,
            ...(lease.reason == null ? {} : { reason: lease.reason }),
          }}
        >
          {t('leaseList.replace')}
        </ButtonLink>
      ) : (
        <ActionButton reason={t('leaseList.replaceOwn')}>{t('leaseList.replace')}</ActionButton>
      )}
      <ActionButton variant="default" onClick={() => setIsEnding(true)} data-key="r">
        {t('leases.delete')}
      </ActionButton>
      {isEnding && <DeleteLeaseDialog lease={lease} project={project} onClose={() => setIsEnding(false)} />}
    </Group>
  );
}
