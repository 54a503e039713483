import { Button, Group } from '@mantine/core';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeys } from '../keys/use-key.ts';
import { CopyButton } from '../ui/CopyButton.tsx';
import { masked } from './masked.ts';
import classes from './Token.module.css';

/** Masked until asked for, because screens are shared; copying works masked. */
export function SecretValue({
  label,
  value,
  onTaken,
}: {
  label: string;
  value: string;
  onTaken: () => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const [isShown, setIsShown] = useState(false);
  const copy = useRef<HTMLButtonElement>(null);
  useKeys({ c: () => copy.current?.click(), v: () => setIsShown(!isShown) }, 'dialog');
  return (
    <div>
      <div id={id} className={classes.label}>
        {label}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <output className={classes.value} aria-labelledby={id} translate="no" tabIndex={0} data-shown={isShown}>
        {isShown ? value : masked(value)}
      </output>
      <Group gap="xs" mt={8}>
        <CopyButton
          ref={copy}
          text={value}
          label={t('token.copy')}
          variant="filled"
          aria-keyshortcuts="c"
          onCopied={onTaken}
          onRefused={() => setIsShown(true)}
        />
        <Button
          variant="default"
          aria-pressed={isShown}
          aria-keyshortcuts="v"
          onClick={() => setIsShown(!isShown)}
        >
          {isShown ? t('token.hide') : t('token.reveal')}
        </Button>
      </Group>
    </div>
  );
}
