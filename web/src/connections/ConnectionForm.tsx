import { Button, Fieldset, Group, PasswordInput, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, asApiError, faultsByField } from '../api/problem.ts';
import { AsCode } from '../as-code/AsCode.tsx';
import type { Commands } from '../as-code/commands.ts';
import { onFormKey } from '../keys/form-keys.ts';
import { Failure } from '../ui/Failure.tsx';
import { useOnce } from '../ui/use-once.ts';
import classes from './ConnectionForm.module.css';
import { type ConnectionDraft, requestOf } from './draft.ts';
import { KubeconfigIntake } from './KubeconfigIntake.tsx';
import { LimitFields } from './LimitFields.tsx';
import { SharingFields } from './SharingFields.tsx';
import { newConnection } from './subjects.ts';
import { TestPanel } from './TestPanel.tsx';

interface Props {
  /** What somebody typed, and what has to be known before it is sent. */
  typed: Pick<ConnectionFieldsProps, 'draft' | 'change'>;
  notice?: ReactNode;
  commands: Commands | null;
  isEdit: boolean;
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
export function ConnectionForm({ typed, notice, commands, isEdit, beginsWith, onSubmit, onCancel }: Props) {
  const { t } = useTranslation();
  const { draft, change } = typed;
  const [failure, setFailure] = useState<ApiError | null>(null);
  const { isBusy, once } = useOnce();
  const faults: Record<string, string> = failure === null ? {} : faultsByField(failure);
  const field = (name: 'name' | 'url' | 'ca' | 'clusterToken' | 'clientUrl') => ({
    value: draft[name],
    onChange: (event: { currentTarget: { value: string } }) => change({ [name]: event.currentTarget.value }),
    error: faults[name],
    autoComplete: 'off',
  });

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
            {!isEdit && (
              <KubeconfigIntake
                hasFocus={beginsWith === 'kubeconfig'}
                onFill={({ context, url, ca, token }) =>
                  change({ url, ca, clusterToken: token, name: draft.name === '' ? context : draft.name })
                }
              />
            )}
            <TextInput label={t('clusters.name')} {...field('name')} required />
            <TextInput
              label={t('secrets.clusterUrl')}
              description={t('form.urlHelp')}
              {...field('url')}
              required
            />
            <Textarea
              label={t('form.ca')}
              description={t('form.caHelp')}
              {...field('ca')}
              rows={4}
              classNames={{ input: 'mono' }}
            />
            <PasswordInput
              label={t('form.clusterToken')}
              description={t(isEdit ? 'form.tokenKept' : 'form.tokenHelp')}
              {...field('clusterToken')}
              required={!isEdit}
              visibilityToggleButtonProps={{ 'aria-label': t('form.showToken') }}
            />
            <Switch
              label={t('clusters.renews')}
              description={t('clusters.renewsHelp')}
              checked={draft.renewsToken}
              onChange={event => change({ renewsToken: event.currentTarget.checked })}
            />
            <TextInput
              label={t('clusters.clientUrl')}
              description={t('clusters.clientUrlHelp')}
              {...field('clientUrl')}
            />
          </Stack>
        </Fieldset>
        <Fieldset legend={t('clusters.sharedWith')}>
          <SharingFields draft={draft} change={change} faults={faults} />
        </Fieldset>
        <Fieldset legend={t('clusters.limits')}>
          <LimitFields draft={draft} change={change} faults={faults} />
        </Fieldset>
        {commands !== null && <AsCode {...commands} />}
        {!isEdit && draft.url.trim() !== '' && draft.clusterToken.trim() !== '' && (
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
