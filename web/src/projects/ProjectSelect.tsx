import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';

interface Props {
  projects: Project[];
  chosen: string;
  onChoose: (slug: string) => void;
}

/** Which project a page is about, where its address names one beside other filters. */
export function ProjectSelect({ projects, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <Select
      label={t('projects.one')}
      data={projects.map(({ slug, name }) => ({ value: slug, label: name }))}
      value={chosen}
      onChange={slug => slug !== null && onChoose(slug)}
      allowDeselect={false}
      searchable={projects.length > 8}
    />
  );
}
