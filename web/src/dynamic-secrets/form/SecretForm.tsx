import { Button, Fieldset, Group, Stack, Text } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, asApiError, faultsByField } from '../../api/problem.ts';
import { TestPanel } from '../../connections/TestPanel.tsx';
import { parseDuration } from '../../time/duration.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ConnectionFields } from './ConnectionFields.tsx';
import { DecisionFields } from './DecisionFields.tsx';
import { type Draft, sampleOf } from './draft.ts';
import { LimitFields } from './LimitFields.tsx';
import classes from './SecretForm.module.css';
import { Summary } from './Summary.tsx';
import { TargetFields } from './TargetFields.tsx';
import { useUnsaved } from './use-unsaved.ts';

interface Props {
  initial: Draft;
  isEdit: boolean;
  /** Above the sections, what only this use of the form asks for. */
  before?: ReactNode;
  /** Asked before anything is sent; where the answer is no, the form stays as it is. */
  review?: (draft: Draft) => Promise<boolean>;
  onSubmit: (draft: Draft) => Promise<void>;
  onCancel: () => void;
}

const FIELDS = [
  'name',
  'newName',
  'defaultTTL',
  'maxTTL',
  'clusterConnectionId',
  'url',
  'ca',
  'clusterToken',
  'namespace',
];
const OF_TARGET = ['serviceAccountName', 'revocable', 'role', 'bindingScope', 'audiences'];
const SHOWN = new Set([...FIELDS, ...OF_TARGET]);

/** The form of a dynamic secret, new or known. The server tests the connection before it saves; its faults stand at the fields. */
export function SecretForm({ initial, isEdit, before, review, onSubmit, onCancel }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(initial);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const leaving = useUnsaved(!isBusy && JSON.stringify(draft) !== JSON.stringify(initial));
  const faults: Record<string, string> = {
    ...(failure === null ? {} : faultsByField(failure)),
    ...ownFaults(),
  };
  const unplaced = failure !== null && !Object.keys(faultsByField(failure)).some(field => SHOWN.has(field));
  const fields = {
    draft,
    change: (changes: Partial<Draft>) => setDraft({ ...draft, ...changes }),
    faults,
    isEdit,
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (Object.keys(ownFaults()).length > 0) return;
    if (review !== undefined && !(await review(draft))) return;
    setIsBusy(true);
    setFailure(null);
    try {
      await onSubmit(draft);
    } catch (thrown) {
      setFailure(asApiError(thrown));
      setIsBusy(false);
    }
  }

  /** What can be told without asking anybody. */
  function ownFaults(): Record<string, string> {
    const usual = parseDuration(draft.defaultTTL);
    const most = draft.maxTTL.trim() === '' ? Number.POSITIVE_INFINITY : parseDuration(draft.maxTTL);
    return {
      ...(usual === null ? { defaultTTL: t('ui.ttlUnreadable') } : {}),
      ...(most === null ? { maxTTL: t('ui.ttlUnreadable') } : {}),
      ...(usual !== null && most !== null && usual > most ? { maxTTL: t('form.maxBelowDefault') } : {}),
    };
  }

  return (
    <div className={classes.columns}>
      <form onSubmit={submit} className={classes.form}>
        <Stack gap="md">
          {before}
          <Fieldset legend={t('form.decisions')}>
            <DecisionFields {...fields} />
          </Fieldset>
          <Fieldset legend={t('form.connection')}>
            <ConnectionFields {...fields} />
          </Fieldset>
          <Fieldset legend={t('form.target')}>
            <TargetFields {...fields} />
          </Fieldset>
          <Fieldset legend={t('form.limits')}>
            <LimitFields {...fields} />
          </Fieldset>
          {draft.connectionId !== '' && (
            <TestPanel connectionId={draft.connectionId} credential={sampleOf(draft)} />
          )}
          {failure !== null && (
            <Notice tone="bad">
              {unplaced ? <span translate="no">{failure.message}</span> : t('form.seeFields')}
            </Notice>
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onCancel} disabled={isBusy}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={isBusy}>
              {t('secrets.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
      <aside className={classes.aside} aria-label={t('form.inPlainWords')}>
        <Summary draft={draft} />
      </aside>
      {leaving.isAsking && (
        <ConfirmDialog
          title={t('form.leaveTitle')}
          act={t('form.leave')}
          onAct={leaving.leave}
          onClose={leaving.stay}
        >
          <Text size="sm">{t('form.leaveWhy')}</Text>
        </ConfirmDialog>
      )}
    </div>
  );
}
