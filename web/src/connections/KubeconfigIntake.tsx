import { Button, FileButton, Group, Select, Stack, Text, Textarea } from '@mantine/core';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from '../ui/Notice.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { type Access, KubeconfigError, readKubeconfig, type Unreadable } from './kubeconfig.ts';

const MAKE_TOKEN = 'kubectl create token mayfly --namespace mayfly --duration 24h';

interface Props {
  onFill: (access: Access) => void;
  hasFocus?: boolean;
}

/** Takes a kubeconfig apart for the fields below. What was pasted is not shown again: it may hold more than one token. */
export function KubeconfigIntake({ onFill, hasFocus = false }: Props) {
  const { t } = useTranslation();
  const [found, setFound] = useState<Access[]>([]);
  const [chosen, setChosen] = useState<Access | null>(null);
  const [failure, setFailure] = useState<Unreadable | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (hasFocus) area.current?.focus();
  }, [hasFocus]);

  function use(access: Access) {
    setChosen(access);
    onFill(access);
  }

  async function take(text: string) {
    try {
      const all = await readKubeconfig(text);
      setFailure(null);
      setFound(all);
      if (all[0] !== undefined) use(all[0]);
    } catch (thrown) {
      if (!(thrown instanceof KubeconfigError)) throw thrown;
      setChosen(null);
      setFailure(thrown.why);
    }
  }

  function drop(event: DragEvent) {
    const file = event.dataTransfer.files[0];
    if (file === undefined) return;
    event.preventDefault();
    void file.text().then(take);
  }

  return (
    <Stack gap="xs">
      <Textarea
        label={t('kubeconfig.label')}
        description={t('kubeconfig.help')}
        value=""
        onChange={event => void take(event.currentTarget.value)}
        onDrop={drop}
        ref={area}
        data-begins={hasFocus || undefined}
        rows={2}
        autoComplete="off"
        spellCheck={false}
      />
      <Group gap="sm" align="flex-end">
        <FileButton onChange={file => void file?.text().then(take)}>
          {props => (
            <Button {...props} variant="default">
              {t('kubeconfig.choose')}
            </Button>
          )}
        </FileButton>
        {found.length > 1 && (
          <Select
            label={t('kubeconfig.context')}
            data={found.map((access, index) => ({ value: String(index), label: access.context }))}
            value={chosen === null ? null : String(found.indexOf(chosen))}
            onChange={value => value !== null && use(found[Number(value)] as Access)}
            allowDeselect={false}
          />
        )}
      </Group>
      <Stack gap="xs" aria-live="polite">
        {failure !== null && <Notice tone="bad">{t(`kubeconfig.unreadable.${failure}`)}</Notice>}
        {chosen !== null && <Taken access={chosen} />}
      </Stack>
    </Stack>
  );
}

/** What was filled in, and what was not and why. */
function Taken({ access }: { access: Access }) {
  const { t } = useTranslation();
  const { context, noToken, about } = access;
  return (
    <>
      {noToken === null ? (
        <Notice tone="good">{t('kubeconfig.filled', { name: context })}</Notice>
      ) : (
        <>
          <Notice tone="warn">
            {t('kubeconfig.filledButToken', { name: context })}{' '}
            {t(`kubeconfig.noToken.${noToken}`, { about })}
          </Notice>
          <Text size="sm">{t('kubeconfig.makeToken')}</Text>
          <Snippet label="kubectl" text={MAKE_TOKEN} />
        </>
      )}
      {access.ignored.map(part => (
        <Notice key={part} tone="warn">
          {t(`kubeconfig.ignored.${part}`)}
        </Notice>
      ))}
    </>
  );
}
