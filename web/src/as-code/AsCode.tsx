import { Button, Stack, Text } from '@mantine/core';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SnippetTabs } from '../ui/SnippetTabs.tsx';
import type { Commands } from './commands.ts';

/** A tab for what can be said so. */
function tab(key: string, name: string, label: string, text: string | null, isName: boolean) {
  return text === null ? [] : [{ key, name, label, text, isName }];
}

/** What a form would send, for a terminal. Put away until somebody wants it. */
export function AsCode({ curl, cli, terraform = null, hasToken }: Commands) {
  const { t } = useTranslation();
  const id = useId();
  const [isShown, setIsShown] = useState(false);
  return (
    <div>
      <Button
        variant="default"
        aria-expanded={isShown}
        aria-controls={isShown ? id : undefined}
        onClick={() => setIsShown(!isShown)}
      >
        {t('form.asCode')}
      </Button>
      {isShown && (
        <Stack id={id} gap="sm" mt="sm">
          {hasToken && <Text size="sm">{t('form.asCodeToken')}</Text>}
          <SnippetTabs
            label={t('form.asCode')}
            tabs={[
              { key: 'curl', name: 'curl', isName: true, label: t('form.asCodeCurl'), text: curl },
              ...tab('cli', t('secrets.commandLine'), t('form.asCodeCli'), cli, false),
              ...tab('terraform', 'Terraform', t('secrets.useWith.terraform'), terraform, true),
            ]}
          />
        </Stack>
      )}
    </div>
  );
}
