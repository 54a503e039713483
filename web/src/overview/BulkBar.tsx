import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { DeleteChosenDialog } from './DeleteChosenDialog.tsx';
import classes from './OverviewPage.module.css';
import type { Row } from './use-matrix.ts';

interface Props {
  project: Project;
  path: string;
  chosen: Row[];
  onChooseNone: () => void;
}

/** What can be done with several dynamic secrets at once. */
export function BulkBar({ project, path, chosen, onChooseNone }: Props) {
  const { t } = useTranslation();
  const [isDeleting, setIsDeleting] = useState(false);
  if (chosen.length === 0 && !isDeleting) return null;
  return (
    <section className={classes.bulk} aria-label={t('matrix.bar')}>
      <span role="status">{t('matrix.chosen', { count: chosen.length })}</span>
      <Group gap="xs">
        <Button variant="subtle" onClick={onChooseNone}>
          {t('matrix.unchoose')}
        </Button>
        <Button variant="default" onClick={() => setIsDeleting(true)}>
          {t('matrix.deleteChosen')}
        </Button>
      </Group>
      {isDeleting && (
        <DeleteChosenDialog
          project={project}
          path={path}
          rows={chosen}
          onClose={() => setIsDeleting(false)}
          onDone={() => {
            setIsDeleting(false);
            onChooseNone();
          }}
        />
      )}
    </section>
  );
}
