import { Select, Stack, Switch, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError, faultsByField } from '../api/problem.ts';
import type { EnvironmentPolicy } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { policyQuery } from '../dynamic-secrets/queries.ts';
import { OthersNotice } from '../edits/OthersNotice.tsx';
import { useEdit } from '../edits/use-edit.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Notice } from '../ui/Notice.tsx';
import { tell } from '../ui/tell.ts';
import classes from './PolicyForm.module.css';
import { changesOf, draftOf } from './policy-draft.ts';

const COUNTS = ['0', '1', '2', '3', '4', '5'];

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
  const query = policyQuery(projectId, policy.environmentId);
  const edit = useEdit(draftOf(policy));
  const { requiresReason, requiresRevocable, maxTTL, approvals, validFor } = edit.draft;
  const save = useAct(
    async () => {
      const fresh = draftOf(await client.fetchQuery({ ...query, staleTime: 0 }));
      const wanted = changesOf(fresh, edit.settle(fresh));
      if (Object.keys(wanted).length === 0) return;
      const params = { path: { projectId, environmentId: policy.environmentId } };
      const path = '/api/v1/projects/{projectId}/environments/{environmentId}/policy';
      await body(api.PATCH(path, { params, body: wanted }));
    },
    ['policies', projectId],
    () => tell({ color: 'green', message: t('settings.saved') }),
  );
  const failure = save.error === null ? null : asApiError(save.error);
  const faults: Record<string, string> = failure === null ? {} : faultsByField(failure);
  const isLocked = refusal !== null;
  const names = {
    requiresReason: t('settings.requiresReason'),
    requiresRevocable: t('settings.requiresRevocable'),
    maxTTL: t('settings.longest'),
    approvals: t('settings.approvals'),
    validFor: t('settings.validFor'),
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate();
  }

  return (
    <form onSubmit={submit} className={classes.form}>
      <Stack gap="md">
        <OthersNotice
          edit={edit}
          nameOf={field => names[field]}
          say={value => (typeof value === 'boolean' ? t(value ? 'ui.yes' : 'ui.no') : String(value))}
        />
        <Switch
          label={t('settings.requiresReason')}
          checked={requiresReason}
          onChange={event => edit.change({ requiresReason: event.currentTarget.checked })}
          disabled={isLocked}
        />
        <Switch
          label={t('settings.requiresRevocable')}
          checked={requiresRevocable}
          onChange={event => edit.change({ requiresRevocable: event.currentTarget.checked })}
          disabled={isLocked}
        />
        <TextInput
          label={t('settings.longest')}
          description={t('settings.longestHelp')}
          value={maxTTL}
          onChange={event => edit.change({ maxTTL: event.currentTarget.value })}
          error={faults.maxTTL}
          disabled={isLocked}
        />
        <Select
          label={t('settings.approvals')}
          data={COUNTS.map(value => ({ value, label: t('settings.people', { count: Number(value) }) }))}
          value={approvals}
          onChange={value => edit.change({ approvals: value ?? approvals })}
          allowDeselect={false}
          disabled={isLocked}
        />
        {approvals !== '0' && (
          <TextInput
            label={t('settings.validFor')}
            description={t('settings.validForHelp')}
            value={validFor}
            onChange={event => edit.change({ validFor: event.currentTarget.value })}
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
