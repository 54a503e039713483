import { Kbd, Stack, Switch } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/Dialog.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { areKeysOn, GO_TO, switchKeys } from './keys.ts';

export function KeySheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [isOn, setIsOn] = useState(areKeysOn);
  return (
    <Dialog title={t('shell.keys')} onClose={onClose}>
      <Stack gap="md">
        <Facts>
          <Fact name={t('shell.thisSheet')}>
            <Kbd translate="no">?</Kbd>
          </Fact>
          {Object.entries(GO_TO).map(([key, place]) => (
            <Fact key={key} name={t(place.words)}>
              <Kbd translate="no">g</Kbd> <Kbd translate="no">{key}</Kbd>
            </Fact>
          ))}
          <Fact name={t('shell.back')}>
            <Kbd translate="no">Esc</Kbd>
          </Fact>
        </Facts>
        <Switch
          label={t('shell.singleKeys')}
          checked={isOn}
          onChange={event => {
            setIsOn(event.currentTarget.checked);
            switchKeys(event.currentTarget.checked);
          }}
        />
      </Stack>
    </Dialog>
  );
}
