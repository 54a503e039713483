import { Button, type ButtonProps } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type Ref, useState } from 'react';
import { useTranslation } from 'react-i18next';

interface Props extends ButtonProps {
  ref?: Ref<HTMLButtonElement>;
  'aria-keyshortcuts'?: string;
  text: string;
  label?: string;
  onCopied?: () => void;
  onRefused?: () => void;
}

/** Puts a text into the clipboard and says whether that worked. It never claims to take it out again. */
export function CopyButton({ text, label, onCopied, onRefused, ...props }: Props) {
  const { t } = useTranslation();
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
      onCopied?.();
      setTimeout(() => setState('idle'), 1000);
    } catch {
      setState('refused');
      onRefused?.();
    }
  }

  const Icon = state === 'copied' ? IconCheck : IconCopy;
  return (
    <>
      <Button variant="default" leftSection={<Icon size={16} aria-hidden="true" />} {...props} onClick={copy}>
        {state === 'refused' ? t('ui.copyRefused') : (label ?? t('ui.copy'))}
      </Button>
      <span className="visually-hidden" aria-live="polite">
        {state === 'copied' && t('ui.copied')}
      </span>
    </>
  );
}
