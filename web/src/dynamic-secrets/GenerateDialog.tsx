import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, asApiError, faultsByField } from '../api/problem.ts';
import type { DynamicSecret } from '../api/schema.ts';
import type { Place } from '../leases/queries.ts';
import { parseDuration } from '../time/duration.ts';
import { type Issued, issue } from '../token/issue.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Notice } from '../ui/Notice.tsx';
import { TtlField } from '../ui/TtlField.tsx';
import { ttlFault } from '../ui/ttl.ts';
import { useOnce } from '../ui/use-once.ts';
import { boundsOf } from './bounds.ts';
import { endingOf } from './ending.ts';
import { IssueFailure } from './IssueFailure.tsx';
import { PermissionList } from './PermissionList.tsx';
import { policyQuery } from './queries.ts';
import { ReachPill } from './ReachPill.tsx';
import { Replacing, useReplaced } from './Replacing.tsx';

interface Props {
  secret: DynamicSecret;
  place: Place;
  projectId: string;
  environmentId: string | undefined;
  /** From the address; it never submits by itself. */
  prefilled: Partial<Record<'ttl' | 'namespace' | 'reason' | 'replaces', string | undefined>>;
  onIssued: (issued: Issued) => void;
  onClose: () => void;
}

export function GenerateDialog({
  secret,
  place,
  projectId,
  environmentId,
  prefilled,
  onIssued,
  onClose,
}: Props) {
  const { t } = useTranslation();
  const form = useId();
  const client = useQueryClient();
  const policy = useQuery({
    ...policyQuery(projectId, environmentId ?? ''),
    enabled: environmentId !== undefined,
    retry: false,
  });
  const bounds = boundsOf(secret, policy.data);
  const namespaces = secret.inputs?.namespace?.split(',').map(name => name.trim()) ?? [];
  const isTemporary = secret.inputs?.credentialType === 'dynamic';
  const [ttl, setTtl] = useState(prefilled.ttl ?? secret.defaultTTL);
  const [namespace, setNamespace] = useState(prefilled.namespace ?? namespaces[0] ?? '');
  const [reason, setReason] = useState(prefilled.reason ?? '');
  const replacing = useReplaced(prefilled.replaces, place.projectSlug);
  const [isAsked, setIsAsked] = useState(false);
  const { isBusy, once } = useOnce();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const faults = failure === null ? {} : faultsByField(failure);
  const ttlError = ttlFault(t, ttl, bounds) ?? faults.ttl;
  const isReasonMissing = policy.data?.requiresReason === true && reason.trim() === '';
  // A token for other audiences than the API server's own cannot be shown to it.
  const isVerified = (secret.inputs?.audiences ?? []).length === 0;
  // One key for one wish: a changed wish is another request.
  const wish = JSON.stringify([ttl, namespace, reason, prefilled.replaces]);
  const [key, setKey] = useState({ wish, key: crypto.randomUUID() });

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsAsked(true);
    if (ttlFault(t, ttl, bounds) === undefined && !isReasonMissing) void once(generate);
  }

  async function generate() {
    const mine = key.wish === wish && !isDefinite(failure) ? key : { wish, key: crypto.randomUUID() };
    setKey(mine);
    setFailure(null);
    try {
      const name = secret.name;
      const chosen = isTemporary && namespaces.length > 1 ? namespace : null;
      onIssued(
        await issue({
          place,
          name,
          ttl,
          namespace: chosen,
          reason,
          replaces: replacing.id,
          isVerified,
          key: mine.key,
        }),
      );
    } catch (thrown) {
      setFailure(asApiError(thrown));
    } finally {
      void client.invalidateQueries({ queryKey: ['leases'] });
    }
  }

  function submitByKeys(event: KeyboardEvent<HTMLFormElement>) {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    event.currentTarget.requestSubmit();
  }

  return (
    <Dialog
      title={
        <>
          {t('secrets.generateFor')} <span translate="no">{`${secret.name} · ${place.environmentSlug}`}</span>
        </>
      }
      onClose={onClose}
      isBusy={isBusy}
      isHeld
    >
      <form id={form} onSubmit={submit} onKeyDown={submitByKeys} noValidate>
        <Stack gap="md">
          {failure !== null && faults.ttl === undefined && <IssueFailure failure={failure} place={place} />}
          <Replacing {...replacing} />
          {isTemporary && namespaces.length > 1 ? (
            <Select
              label={t('secrets.namespace')}
              data={namespaces}
              value={namespace}
              onChange={value => setNamespace(value ?? namespace)}
              allowDeselect={false}
            />
          ) : (
            <Text size="sm">
              {t('secrets.namespace')}:{' '}
              <span className="mono" translate="no">
                {namespaces.join(', ')}
              </span>
            </Text>
          )}
          <TtlField
            label={t('secrets.ttl')}
            value={ttl}
            onChange={setTtl}
            bounds={bounds}
            usual={parseDuration(secret.defaultTTL) ?? bounds.least}
            error={ttlError}
          />
          <TextInput
            label={t('leases.reason')}
            description={t('secrets.reasonHelp')}
            value={reason}
            onChange={event => setReason(event.currentTarget.value)}
            withAsterisk={policy.data?.requiresReason === true}
            error={isAsked && isReasonMissing ? t('secrets.reasonMissing') : faults.reason}
            maxLength={1024}
            autoComplete="off"
          />
          <Text size="sm" c="dimmed">
            {t(`secrets.ending.${endingOf(secret)}`)}
          </Text>
          <ReachPill {...secret.inputs} />
          <PermissionList secret={secret} namespace={namespace} />
          {policy.data?.approval != null && <Notice tone="plain">{t('secrets.needsApproval')}</Notice>}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose} disabled={isBusy}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={isBusy}>
              {t('secrets.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** Whether it is certain that nothing was issued, so that the next wish is another request. */
function isDefinite(failure: ApiError | null): boolean {
  if (failure === null) return true;
  const isRefusal = failure.status >= 400 && failure.status < 500;
  return isRefusal && failure.code !== 'idempotency_key_in_use';
}
