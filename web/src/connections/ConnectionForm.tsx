import { Button, Fieldset, Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, asApiError, faultsByField } from '../api/problem.ts';
import { AsCode } from '../as-code/AsCode.tsx';
import type { Commands } from '../as-code/commands.ts';
import { AuthMethodField } from '../gateways/AuthMethodField.tsx';
import { ViaField } from '../gateways/ViaField.tsx';
import { onFormKey } from '../keys/form-keys.ts';
import { Failure } from '../ui/Failure.tsx';
import { useOnce } from '../ui/use-once.ts';
import classes from './ConnectionForm.module.css';
import { type ConnectionDraft, isReachable, requestOf } from './draft.ts';
import { fieldOf } from './field-of.ts';
import { LimitFields } from './LimitFields.tsx';
import { SharingFields } from './SharingFields.tsx';
import { newConnection } from './subjects.ts';
import { TestPanel } from './TestPanel.tsx';
import { TokenFields } from './TokenFields.tsx';

interface Props {
  /** What somebody typed, and what has to be known before it is sent. */
  typed: Pick<ConnectionFieldsProps, 'draft' | 'change'>;
  notice?: ReactNode;
  commands: Commands | null;
  isEdit: boolean;
  /** Whether a Cluster Token is stored. */
  hasToken: boolean;
  /** What has the focus first. */
  beginsWith?: 'kubeconfig' | undefined;
  onSubmit: () => Promise<void>;
  onCancel: () => void;
}

/** What each group of fields gets. */
export interface ConnectionFieldsProps {
  draft: ConnectionDraft;
  change: (changes: Partial<ConnectionDraft>) => void;
  faults: Record<string, string>;
}

/** A cluster connection, new or known. The server tries it before it saves. The token is in this form until then, and nowhere else. */
export function ConnectionForm({ typed, notice, commands, isEdit, hasToken, ...rest }: Props) {
  const { beginsWith, onSubmit, onCancel } = rest;
  const { t } = useTranslation();
  const { draft, change } = typed;
  const [failure, setFailure] = useState<ApiError | null>(null);
  const { isBusy, once } = useOnce();
  const faults: Record<string, string> = failure === null ? {} : faultsByField(failure);
  const fields = { draft, change, faults };
  const field = fieldOf(fields);

  function submit(event: FormEvent) {
    event.preventDefault();
    setFailure(null);
    void once(() => onSubmit().catch(thrown => setFailure(asApiError(thrown))));
  }

  return (
    <form onSubmit={submit} onKeyDownCapture={onFormKey} className={classes.form}>
      <Stack gap="md">
        <Fieldset legend={t('form.connection')}>
          <Stack gap="md">
            <TextInput label={t('clusters.name')} {...field('name')} required />
            <AuthMethodField
              value={draft.authMethod}
              onChange={authMethod => change({ authMethod })}
              error={faults.authMethod}
            />
            <ViaField authMethod={draft.authMethod} via={draft} onChoose={change} faults={faults} />
            {draft.authMethod === 'api' && (
              <TokenFields {...fields} hasToken={hasToken} hasFocus={beginsWith === 'kubeconfig'} />
            )}
            <TextInput
              label={t('clusters.clientUrl')}
              description={t('clusters.clientUrlHelp')}
              {...field('clientUrl')}
            />
          </Stack>
        </Fieldset>
        <Fieldset legend={t('clusters.sharedWith')}>
          <SharingFields {...fields} />
        </Fieldset>
        <Fieldset legend={t('clusters.limits')}>
          <LimitFields {...fields} />
        </Fieldset>
        {commands !== null && <AsCode {...commands} />}
        {!isEdit && isReachable(draft) && (
          <TestPanel subject={newConnection({ ...requestOf(draft), name: draft.name.trim() || 'unnamed' })} />
        )}
        {notice}
        <Failure of={failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel} disabled={isBusy}>
            {t('ui.cancel')}
          </Button>
          <Button type="submit" loading={isBusy}>
            {t('secrets.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
