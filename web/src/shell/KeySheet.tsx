import { Kbd, Stack, Switch } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { GO_TO, MARKED_KEYS, OTHER_KEYS } from '../keys/list.ts';
import { areKeysOn, switchKeys } from '../keys/preference.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';

export function KeySheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('shell.keys')} onClose={onClose}>
      <Stack gap="md">
        <KeySwitch />
        <KeyList />
      </Stack>
    </Dialog>
  );
}

/** Turns single keys off, for whoever dictates or presses some by accident. */
export function KeySwitch() {
  const { t } = useTranslation();
  const [isOn, setIsOn] = useState(areKeysOn);
  return (
    <Switch
      label={t('shell.singleKeys')}
      checked={isOn}
      onChange={event => {
        setIsOn(event.currentTarget.checked);
        switchKeys(event.currentTarget.checked);
      }}
    />
  );
}

/** Every key there is, with what it does. */
export function KeyList() {
  const { t } = useTranslation();
  const key = (name: string, keys: ReactNode) => (
    <Fact key={name} name={name}>
      {keys}
    </Fact>
  );
  const one = (text: string) => <Kbd translate="no">{text}</Kbd>;
  return (
    <Facts>
      {key(
        t('shell.palette'),
        <>
          {one('Ctrl')} {one('K')}
        </>,
      )}
      {key(t('shell.thisSheet'), one('?'))}
      {Object.entries(GO_TO).map(([letter, { words }]) =>
        key(
          t(words),
          <>
            {one('g')} {one(letter)}
          </>,
        ),
      )}
      {Object.entries(MARKED_KEYS).map(([letter, words]) => key(t(words), one(letter)))}
      {OTHER_KEYS.map(({ keys, words }) => key(t(words), one(keys)))}
      {key(t('shell.back'), one('Esc'))}
    </Facts>
  );
}
