import { Select, Stack, Switch, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError, faultsByField } from '../api/problem.ts';
import type { EnvironmentPolicy } from '../api/schema.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Notice } from '../ui/Notice.tsx';
import { tell } from '../ui/tell.ts';
import classes from './PolicyForm.module.css';

const COUNTS = ['0', '1', '2', '3', '4', '5'];
const USUAL = '30m';

interface Props {
  projectId: string;
  policy: EnvironmentPolicy;
  /** Why it may not be changed. */
  refusal: string | null;
}

/** What an environment asks of each lease. Asking for more counts at once; asking for less may need the word of others. */
export function PolicyForm({ projectId, policy, refusal }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [requiresReason, setRequiresReason] = useState(policy.requiresReason);
  const [requiresRevocable, setRequiresRevocable] = useState(policy.requiresRevocable);
  const [maxTTL, setMaxTTL] = useState(policy.maxTTL ?? '');
  const [approvals, setApprovals] = useState(String(policy.approval?.approvals ?? 0));
  const [validFor, setValidFor] = useState(policy.approval?.validFor ?? USUAL);
  const save = useMutation({
    mutationFn: () => {
      const count = Number(approvals);
      const wanted = {
        requiresReason,
        requiresRevocable,
        maxTTL: maxTTL.trim() === '' ? null : maxTTL.trim(),
        approval: count === 0 ? null : { approvals: count, validFor },
      };
      const params = { path: { projectId, environmentId: policy.environmentId } };
      const path = '/api/v1/projects/{projectId}/environments/{environmentId}/policy';
      return body(api.PATCH(path, { params, body: wanted }));
    },
    onSuccess: async () => {
      tell({ color: 'green', message: t('settings.saved') });
      await client.invalidateQueries({ queryKey: ['policies', projectId] });
    },
  });
  const failure = save.error === null ? null : asApiError(save.error);
  const faults: Record<string, string> = failure === null ? {} : faultsByField(failure);
  const isLocked = refusal !== null;

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate();
  }

  return (
    <form onSubmit={submit} className={classes.form}>
      <Stack gap="md">
        <Switch
          label={t('settings.requiresReason')}
          checked={requiresReason}
          onChange={event => setRequiresReason(event.currentTarget.checked)}
          disabled={isLocked}
        />
        <Switch
          label={t('settings.requiresRevocable')}
          checked={requiresRevocable}
          onChange={event => setRequiresRevocable(event.currentTarget.checked)}
          disabled={isLocked}
        />
        <TextInput
          label={t('settings.longest')}
          description={t('settings.longestHelp')}
          value={maxTTL}
          onChange={event => setMaxTTL(event.currentTarget.value)}
          error={faults.maxTTL}
          disabled={isLocked}
        />
        <Select
          label={t('settings.approvals')}
          data={COUNTS.map(value => ({ value, label: t('settings.people', { count: Number(value) }) }))}
          value={approvals}
          onChange={value => setApprovals(value ?? approvals)}
          allowDeselect={false}
          disabled={isLocked}
        />
        {approvals !== '0' && (
          <TextInput
            label={t('settings.validFor')}
            description={t('settings.validForHelp')}
            value={validFor}
            onChange={event => setValidFor(event.currentTarget.value)}
            error={faults.validFor}
            disabled={isLocked}
          />
        )}
        {failure?.code === 'approval_required' && <Notice tone="warn">{t('settings.asked')}</Notice>}
        {failure !== null && failure.code !== 'approval_required' && (
          <Notice tone="bad">
            <span translate="no">{failure.message}</span>
          </Notice>
        )}
        <div>
          <ActionButton type="submit" reason={refusal} loading={save.isPending}>
            {t('ui.save')}
          </ActionButton>
        </div>
      </Stack>
    </form>
  );
}
