import { Button, Stack, Text } from '@mantine/core';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SnippetTabs } from '../ui/SnippetTabs.tsx';

interface Props {
  curl: string;
  cli: string;
  /** Whether there is a Cluster Token, which has to be put in by hand. */
  hasToken: boolean;
}

/** What a form would send, for a terminal. Put away until somebody wants it. */
export function AsCode({ curl, cli, hasToken }: Props) {
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
              { key: 'cli', name: t('secrets.commandLine'), label: t('form.asCodeCli'), text: cli },
            ]}
          />
        </Stack>
      )}
    </div>
  );
}
