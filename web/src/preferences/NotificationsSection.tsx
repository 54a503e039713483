import { Stack, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from '../ui/Notice.tsx';
import { Panel } from '../ui/Panel.tsx';
import { canNotify, choose, KINDS, type Kind, useIsOn } from '../watch/choice.ts';

/** What the browser tells of while the dashboard is open. Its leave is asked for when something is switched on. */
export function NotificationsSection() {
  const { t } = useTranslation();
  const [isRefused, setIsRefused] = useState(false);
  return (
    <Panel title={t('preferences.sections.notifications')}>
      <Stack gap="md">
        <Text size="sm">{t('watch.help')}</Text>
        {!canNotify() && <Notice tone="warn">{t('watch.unable')}</Notice>}
        {KINDS.map(kind => (
          <KindSwitch key={kind} kind={kind} onRefused={setIsRefused} />
        ))}
        {isRefused && <Notice tone="bad">{t('watch.refused')}</Notice>}
      </Stack>
    </Panel>
  );
}

function KindSwitch({ kind, onRefused }: { kind: Kind; onRefused: (isRefused: boolean) => void }) {
  const { t } = useTranslation();
  const isOn = useIsOn(kind);
  return (
    <Switch
      label={t(`watch.kinds.${kind}`)}
      description={t(`watch.kindHelp.${kind}`)}
      checked={isOn}
      disabled={!canNotify()}
      onChange={event =>
        void choose(kind, event.currentTarget.checked).then(isAllowed => onRefused(!isAllowed))
      }
    />
  );
}
