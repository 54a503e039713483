import { Select, Stack, Switch, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError, faultsByField } from '../api/problem.ts';
import type { EnvironmentPolicy } from '../api/schema.ts';
import { OthersNotice } from '../edits/OthersNotice.tsx';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Notice } from '../ui/Notice.tsx';
import classes from './PolicyForm.module.css';
import { usePolicyEdit } from './use-policy-edit.ts';

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
  const { edit, save } = usePolicyEdit(projectId, policy);
  const { requiresReason, requiresRevocable, maxTTL, approvals, validFor } = edit.draft;
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
        <OthersNotice edit={edit} nameOf={field => names[field]} />
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
