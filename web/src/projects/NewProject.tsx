import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionButton } from '../ui/ActionButton.tsx';

const NewProjectDialog = lazy(async () => ({
  default: (await import('./NewProjectDialog.tsx')).NewProjectDialog,
}));

/** The button and what it opens. */
export function NewProject() {
  const { t } = useTranslation();
  const [isMaking, setIsMaking] = useState(false);
  return (
    <>
      <ActionButton onClick={() => setIsMaking(true)} data-key="n">
        {t('projects.new')}
      </ActionButton>
      {isMaking && (
        <Suspense>
          <NewProjectDialog onClose={() => setIsMaking(false)} />
        </Suspense>
      )}
    </>
  );
}
