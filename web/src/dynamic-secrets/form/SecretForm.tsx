import { Button, Fieldset, Group, Radio, Stack, Text } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, asApiError, faultsByField } from '../../api/problem.ts';
import { TestPanel } from '../../connections/TestPanel.tsx';
import { onFormKey } from '../../keys/form-keys.ts';
import type { Place } from '../../leases/queries.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { useOnce } from '../../ui/use-once.ts';
import { ConnectionFields } from './ConnectionFields.tsx';
import { DecisionFields } from './DecisionFields.tsx';
import { DraftBar } from './DraftBar.tsx';
import type { Draft } from './draft.ts';
import { ownFaults } from './faults.ts';
import type { FieldsProps } from './fields.ts';
import { LimitFields } from './LimitFields.tsx';
import classes from './SecretForm.module.css';
import { Summary } from './Summary.tsx';
import { subjectOf } from './subject.ts';
import { TargetFields } from './TargetFields.tsx';
import { useUnsaved } from './use-unsaved.ts';

/** What somebody typed, wherever that is kept. */
export interface Typed {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  /** Whether anything is otherwise than it began. */
  isChanged: boolean;
}

/** One that outlives a reload. */
export interface Kept {
  /** Begins anew, and forgets. */
  discard: () => void;
  /** Forgets what was kept, because it is saved. */
  forget: () => void;
}

interface Props {
  typed: Typed;
  /** Where it outlives a reload. */
  kept?: Kept;
  isEdit: boolean;
  /** Above the sections, what only this use of the form asks for. */
  before?: ReactNode;
  /** Below them. */
  after?: (fields: FieldsProps) => ReactNode;
  /** Where it would be made, so that it can be tested before. */
  place?: Place | undefined;
  /** The environments, by their slugs, where it is saved in several at once. */
  environments?: string[];
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
  'authMethod',
  'gatewayId',
  'gatewayPoolId',
  'clusterConnectionId',
  'url',
  'ca',
  'clusterToken',
  'namespace',
];
const OF_TARGET = ['serviceAccountName', 'revocable', 'role', 'bindingScope', 'audiences'];
const SHOWN = new Set([...FIELDS, ...OF_TARGET]);

/** The form of a dynamic secret, new or known. The server tests the connection before it saves; its faults stand at the fields. */
export function SecretForm(props: Props) {
  const { isEdit, before, after, kept, review, onSubmit, onCancel } = props;
  const { t } = useTranslation();
  const { draft, change, isChanged } = props.typed;
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const { isBusy, once } = useOnce();
  const leaving = useUnsaved(!isSaving && isChanged, kept === undefined || draft.clusterToken !== '');
  const unfit = ownFaults(draft, props.environments ?? [], t);
  const faults: Record<string, string> = {
    ...(failure === null ? {} : faultsByField(failure)),
    ...unfit,
  };
  const unplaced = failure !== null && !Object.keys(faultsByField(failure)).some(field => SHOWN.has(field));
  const fields = { draft, change, faults, isEdit };
  const subject = subjectOf(draft, props.place);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (Object.keys(unfit).length === 0) void once(save);
  }

  async function save() {
    setFailure(null);
    try {
      if (review !== undefined && !(await review(draft))) return;
      setIsSaving(true);
      await onSubmit(draft);
      kept?.forget();
    } catch (thrown) {
      setFailure(asApiError(thrown));
      setIsSaving(false);
    }
  }

  return (
    <div className={classes.columns}>
      <form onSubmit={submit} onKeyDownCapture={onFormKey} className={classes.form}>
        <Stack gap="md">
          {kept !== undefined && <DraftBar isChanged={isChanged} onDiscard={kept.discard} />}
          {before}
          <Fieldset legend={t('form.provider')}>
            <Radio checked readOnly label={t('form.kubernetes')} />
          </Fieldset>
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
          {subject !== null && <TestPanel subject={subject} />}
          {after?.(fields)}
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
          <Text size="sm">{t(kept === undefined ? 'form.leaveWhy' : 'form.leaveWhyKept')}</Text>
        </ConfirmDialog>
      )}
    </div>
  );
}
