import { Button, Select, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { EventFacets, Project } from '../api/schema.ts';
import { Filters } from '../ui/Filters.tsx';

interface Search {
  project?: string;
  kind?: string;
  outcome?: string;
  actor?: string;
  lease?: string;
}

interface Props {
  projects: Project[];
  search: Search;
  facets: EventFacets | undefined;
  onClear: () => void;
}

/** Each filter shows what there is under the others, with counts, and stands in the address. */
export function AuditFilters({ projects, search, facets, onClear }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: '/audit' });
  const narrow = (name: keyof Search, value: string | null) =>
    void navigate({
      search: ({ [name]: _, ...rest }) =>
        value === null || value === '' ? rest : { ...rest, [name]: value },
      replace: true,
      resetScroll: false,
    });
  const counted = (counts: Record<string, number> | undefined, chosen: string | undefined) =>
    Object.entries({ ...(chosen === undefined ? {} : { [chosen]: 0 }), ...counts })
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([value, count]) => ({ value, label: `${value} (${count})` }));
  return (
    <Filters>
      <Select
        label={t('projects.one')}
        placeholder={t('audit.everywhere')}
        data={projects.map(({ slug, name }) => ({ value: slug, label: name }))}
        value={search.project ?? null}
        onChange={value => narrow('project', value)}
        clearable
        clearButtonProps={{ 'aria-label': t('audit.clear') }}
      />
      <Select
        label={t('audit.kind')}
        placeholder={t('audit.all')}
        data={counted(facets?.kinds as Record<string, number> | undefined, search.kind)}
        value={search.kind ?? null}
        onChange={value => narrow('kind', value)}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': t('audit.clear') }}
      />
      <Select
        label={t('audit.outcome')}
        placeholder={t('audit.all')}
        data={counted(facets?.outcomes as Record<string, number> | undefined, search.outcome)}
        value={search.outcome ?? null}
        onChange={value => narrow('outcome', value)}
        clearable
        clearButtonProps={{ 'aria-label': t('audit.clear') }}
      />
      <TextInput
        label={t('audit.lease')}
        value={search.lease ?? ''}
        onChange={event => narrow('lease', event.currentTarget.value.trim())}
        autoComplete="off"
        spellCheck={false}
      />
      {Object.keys(search).length > 0 && (
        <Button variant="subtle" onClick={onClear}>
          {t('audit.clear')}
        </Button>
      )}
    </Filters>
  );
}
