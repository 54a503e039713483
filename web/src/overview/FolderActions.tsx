import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { DeleteFolderDialog } from './DeleteFolderDialog.tsx';
import { RenameFolderDialog } from './RenameFolderDialog.tsx';
import type { FolderRow } from './use-matrix.ts';

/** What can be done with a folder. */
export function FolderActions(props: { project: Project; row: FolderRow; path: string }) {
  const { t } = useTranslation();
  const [asks, setAsks] = useState<'rename' | 'remove' | null>(null);
  const close = () => setAsks(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            size={32}
            aria-label={t('matrix.folderActions', { name: props.row.name })}
            data-key="."
          >
            <IconDots size={17} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setAsks('rename')}>{t('matrix.rename')}</Menu.Item>
          <Menu.Item onClick={() => setAsks('remove')}>{t('matrix.remove')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asks === 'rename' && <RenameFolderDialog {...props} onClose={close} />}
      {asks === 'remove' && <DeleteFolderDialog {...props} onClose={close} />}
    </>
  );
}
