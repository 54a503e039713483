import { Button, Group, Stack } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { useKeys } from '../keys/use-key.ts';
import { kubectlByItself } from '../leases/commands.ts';
import type { Place } from '../leases/queries.ts';
import { CopyButton } from '../ui/CopyButton.tsx';
import { Notice } from '../ui/Notice.tsx';
import { SnippetTabs } from '../ui/SnippetTabs.tsx';
import { download, kubeconfig } from './kubeconfig.ts';
import { masked } from './masked.ts';
import { oneLiners } from './one-liners.ts';

interface Props {
  name: string;
  place: Place;
  lease: Lease;
  token: string;
  onTaken: () => void;
}

/** The forms in which people need a token. Only the file and what is copied hold it; the screen shows it masked. */
export function TokenUses({ name, place, lease, token, onTaken }: Props) {
  const { t } = useTranslation();
  const { cluster } = lease;
  const file = `${name}.kubeconfig`;
  const text = cluster == null ? '' : kubeconfig(lease, cluster, token);
  useKeys(cluster == null ? {} : { k: save }, 'dialog');
  if (cluster == null) return <Notice tone="plain">{t('token.noCluster')}</Notice>;
  const whole = oneLiners(lease, cluster, token);
  // A CA is no secret, but so long that nobody would find the rest.
  const caData = cluster.caData == null ? null : `${cluster.caData.slice(0, 12)}…`;
  const shown = oneLiners(lease, { ...cluster, caData }, masked(token));
  const fromFile = `chmod 600 ${file}\nkubectl --kubeconfig ${file} get pods`;

  function save() {
    download(file, text);
    onTaken();
  }

  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden="true" />}
          onClick={save}
          aria-keyshortcuts="k"
        >
          {t('token.download')}
        </Button>
        <CopyButton text={text} label={t('token.copyKubeconfig')} onCopied={onTaken} />
      </Group>
      <SnippetTabs
        label={t('token.uses')}
        tabs={[
          { key: 'file', name: t('token.file'), label: t('token.useIt'), text: fromFile },
          {
            key: 'byItself',
            name: t('token.byItself'),
            label: t('token.withoutToken'),
            text: kubectlByItself(name, place, location.origin),
          },
          one('kubectl', t('token.withKubectl')),
          one('env', t('token.asVariable')),
          one('curl', t('token.withCurl')),
        ]}
        onCopied={onTaken}
      />
      {!cluster.server.startsWith('https:') && <Notice tone="warn">{t('token.plainHttp')}</Notice>}
      {cluster.forClients === false && (
        <Notice tone="plain">
          {t('token.address')} <span translate="no">{cluster.server}</span>
        </Notice>
      )}
    </Stack>
  );

  function one(key: keyof typeof whole, label: string) {
    return { key, name: key, isName: true, label, text: whole[key], shown: shown[key] };
  }
}
