import { Button, Fieldset, Group, Radio, Stack, Text } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, asApiError, faultsByField } from '../../api/problem.ts';
import { TestPanel } from '../../connections/TestPanel.tsx';
import { onFormKey } from '../../keys/form-keys.ts';
import type { Place } from '../../leases/queries.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Notice } from '../../ui/Notice.tsx';
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
import { useKeptDraft } from './use-kept-draft.ts';
import { useUnsaved } from './use-unsaved.ts';

interface Props {
  initial: Draft;
  isEdit: boolean;
  /** Above the sections, what only this use of the form asks for. */
  before?: ReactNode;
  /** Below them. */
  after?: (fields: FieldsProps) => ReactNode;
  /** Where it would be made, so that it can be tested before. */
  place?: Place | undefined;
  /** Under which name the draft outlives a reload; without one it does not. */
  keepAs?: string;
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
  const { isEdit, before, after, keepAs, review, onSubmit, onCancel } = props;
  const { t } = useTranslation();
  const { draft, change, isChanged, discard, forget } = useKeptDraft(props.initial, keepAs);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const leaving = useUnsaved(!isBusy && isChanged, keepAs === undefined || draft.clusterToken !== '');
  const unfit = ownFaults(draft, props.environments ?? [], t);
  const faults: Record<string, string> = {
    ...(failure === null ? {} : faultsByField(failure)),
    ...unfit,
  };
  const unplaced = failure !== null && !Object.keys(faultsByField(failure)).some(field => SHOWN.has(field));
  const fields = { draft, change, faults, isEdit };
  const subject = subjectOf(draft, props.place);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (isBusy || Object.keys(unfit).length > 0) return;
    if (review !== undefined && !(await review(draft))) return;
    setIsBusy(true);
    setFailure(null);
    try {
      await onSubmit(draft);
      forget();
    } catch (thrown) {
      setFailure(asApiError(thrown));
      setIsBusy(false);
    }
  }

  return (
    <div className={classes.columns}>
      <form onSubmit={submit} onKeyDownCapture={onFormKey} className={classes.form}>
        <Stack gap="md">
          {keepAs !== undefined && <DraftBar isChanged={isChanged} onDiscard={discard} />}
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
          <Text size="sm">{t(keepAs === undefined ? 'form.leaveWhy' : 'form.leaveWhyKept')}</Text>
        </ConfirmDialog>
      )}
    </div>
  );
}
