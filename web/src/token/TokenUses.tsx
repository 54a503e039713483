import { Button, Group, Stack } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { CopyButton } from '../ui/CopyButton.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { download, kubeconfig } from './kubeconfig.ts';

interface Props {
  name: string;
  lease: Lease;
  token: string;
  onTaken: () => void;
}

/** The forms in which people need a token. Only the file and what is copied hold it. */
export function TokenUses({ name, lease, token, onTaken }: Props) {
  const { t } = useTranslation();
  const { cluster } = lease;
  if (cluster == null) return <Notice tone="plain">{t('token.noCluster')}</Notice>;
  const file = `${name}.kubeconfig`;
  const text = kubeconfig(lease, cluster, token);
  const commands = `chmod 600 ${file}\nkubectl --kubeconfig ${file} get pods`;
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden="true" />}
          onClick={() => {
            download(file, text);
            onTaken();
          }}
        >
          {t('token.download')}
        </Button>
        <CopyButton text={text} label={t('token.copyKubeconfig')} onCopied={onTaken} />
        <CopyButton text={`export TOKEN=${token}`} label={t('token.copyEnv')} onCopied={onTaken} />
      </Group>
      <Snippet label={t('token.useIt')} text={commands} />
      {!cluster.server.startsWith('https:') && <Notice tone="warn">{t('token.plainHttp')}</Notice>}
      {cluster.forClients === false && (
        <Notice tone="plain">
          {t('token.address')} <span translate="no">{cluster.server}</span>
        </Notice>
      )}
    </Stack>
  );
}
