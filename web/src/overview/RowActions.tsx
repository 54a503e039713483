import { ActionIcon, Group, Tooltip } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { GenerateButton } from './GenerateButton.tsx';
import type { Row } from './use-matrix.ts';

/** What can be done with a dynamic secret from the list. */
export function RowActions({ project, path, row }: { project: string; path: string; row: Row }) {
  const { t } = useTranslation();
  const environment = row.cells.find(({ secret }) => secret !== undefined)?.environment.slug ?? '';
  const words = t('matrix.duplicate', { name: row.name });
  return (
    <Group gap="xs" wrap="nowrap">
      <GenerateButton project={project} path={path} row={row} />
      <Tooltip label={words}>
        <ActionIcon
          variant="subtle"
          size={32}
          aria-label={words}
          renderRoot={props => (
            <Link
              {...props}
              to="/p/$project/e/$environment/new"
              params={{ project, environment }}
              search={{ ...(path === '/' ? {} : { path }), from: row.name, of: environment }}
              data-key="d"
            />
          )}
        >
          <IconCopy size={17} aria-hidden="true" />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
