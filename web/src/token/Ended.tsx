import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { outcomeWords } from '../leases/outcome.ts';
import type { Place } from '../leases/queries.ts';
import { Notice } from '../ui/Notice.tsx';

interface Props {
  lease: Lease;
  /** The dynamic secret's. */
  name: string;
  place: Place;
  onClose: () => void;
}

/** Stands where a token was. What became of the lease is said where that is known: a token may outlive it. */
export function Ended({ lease, name, place: { projectSlug, environmentSlug, path }, onClose }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { title, message } = outcomeWords(t, lease);
  const isTold = lease.state === 'closed' || lease.state === 'ending' || lease.outcome === 'revoked';

  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // What had the focus may have been the token's own, and is gone with it.
    if (document.activeElement === document.body) button.current?.focus();
  }, []);

  /** There is nothing left to be ended for it. */
  function replace() {
    onClose();
    void navigate({
      to: '/p/$project/e/$environment/s/$name',
      params: { project: projectSlug, environment: environmentSlug, name },
      search: {
        ...(path === '/' ? {} : { path }),
        generate: true,
        ...(lease.reason == null ? {} : { reason: lease.reason }),
      },
    });
  }

  return (
    <>
      <div role="alert">
        <Notice tone="warn">
          {t('token.over')} {isTold && `${title}. ${message}`}
        </Notice>
      </div>
      <div>
        <Button ref={button} onClick={replace}>
          {t('leaseList.replace')}
        </Button>
      </div>
    </>
  );
}
