import { MultiSelect, Radio, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { projectsQuery } from '../projects/queries.ts';
import type { ConnectionFieldsProps } from './ConnectionForm.tsx';

/** Which projects may have dynamic secrets of it. */
export function SharingFields({ draft, change, faults }: ConnectionFieldsProps) {
  const { t } = useTranslation();
  const projects = useQuery(projectsQuery);
  return (
    <Stack gap="md">
      <Radio.Group
        aria-label={t('clusters.sharedWith')}
        value={draft.sharedWith}
        onChange={value => change({ sharedWith: value === 'all' ? 'all' : 'named' })}
      >
        <Stack gap="xs">
          <Radio value="named" label={t('clusters.shareNamed')} />
          <Radio value="all" label={t('clusters.sharedWithAll')} />
        </Stack>
      </Radio.Group>
      {draft.sharedWith === 'named' && (
        <MultiSelect
          label={t('projects.title')}
          data={(projects.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={draft.projectIds}
          onChange={projectIds => change({ projectIds })}
          error={faults.projectIds}
        />
      )}
    </Stack>
  );
}
