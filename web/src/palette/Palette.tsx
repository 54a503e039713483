import { TextInput } from '@mantine/core';
import { type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/Dialog.tsx';
import { bestMatches, type Entry } from './match.ts';
import classes from './Palette.module.css';
import { useEntries } from './use-entries.ts';

const MOST = 12;
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

/** Goes anywhere and does what can be done from anywhere, by a few letters of it. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = bestMatches(useEntries(), text, MOST);
  const chosen = Math.min(at, found.length - 1);

  function run(entry: Entry | undefined) {
    if (entry === undefined) return;
    onClose();
    entry.run();
  }

  function onKey(event: KeyboardEvent) {
    const step = STEPS[event.key];
    if (step !== undefined) setAt((chosen + step + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter') run(found[chosen]);
    else return;
    event.preventDefault();
  }

  return (
    <Dialog title={t('shell.palette')} onClose={onClose}>
      <TextInput
        value={text}
        onChange={event => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
        aria-label={t('shell.palette')}
        description={t('shell.paletteHelp')}
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls={id}
        aria-autocomplete="list"
        {...(found.length > 0 ? { 'aria-activedescendant': `${id}-${chosen}` } : {})}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      <div role="status" className={found.length > 0 ? 'visually-hidden' : classes.none}>
        {found.length === 0 && t('shell.paletteNone')}
      </div>
      <div id={id} role="listbox" aria-label={t('shell.paletteResults')} className={classes.list}>
        {found.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are heard by the field
          <div
            key={entry.id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={classes.option}
            onClick={() => run(entry)}
            onPointerMove={() => setAt(index)}
          >
            <span translate={entry.isName ? 'no' : 'yes'}>{entry.label}</span>
            <span className={classes.kind}>{entry.kind}</span>
          </div>
        ))}
      </div>
    </Dialog>
  );
}
