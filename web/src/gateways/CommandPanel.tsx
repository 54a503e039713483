import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Countdown } from '../ui/Countdown.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';
import { masked } from './commands.ts';

interface Props {
  command: string;
  /** The code in it, which is not shown any more once it was copied. */
  secret: string;
  expiresAt: string;
}

/** What brings a gateway up, all in one, for as long as its code is good. */
export function CommandPanel({ command, secret, expiresAt }: Props) {
  const { t } = useTranslation();
  const [isCopied, setIsCopied] = useState(false);
  return (
    <Panel
      title={t('gateways.command')}
      actions={
        <Countdown
          until={expiresAt}
          label={t('gateways.codeEndsIn')}
          after={<StatusPill tone="bad" label={t('gateways.codeOver')} />}
        />
      }
    >
      <Stack gap="sm">
        <Text size="sm">{t('gateways.commandHelp')}</Text>
        <Snippet
          label={t('gateways.commandLabel')}
          text={command}
          shown={isCopied ? masked(command, secret) : command}
          onCopied={() => setIsCopied(true)}
        />
        {isCopied && (
          <Text size="sm" c="dimmed">
            {t('gateways.codeHidden')}
          </Text>
        )}
      </Stack>
    </Panel>
  );
}
