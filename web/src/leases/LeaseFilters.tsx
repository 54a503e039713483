import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { connectionsQuery } from '../connections/queries.ts';
import { ChoiceFilter } from '../ui/ChoiceFilter.tsx';
import { Filters } from '../ui/Filters.tsx';
import { TypedFilter } from '../ui/TypedFilter.tsx';
import { without, withPart } from './filter.ts';
import { ActorFilter, EndsFilter, type FieldProps, SecretFilter, StatusFilter } from './filter-fields.tsx';
import { GROUPINGS, isNarrow, type LeaseSearch } from './search.ts';

interface Props {
  projects: Project[];
  search: LeaseSearch;
  onChange: (search: LeaseSearch) => void;
}

/** What is shown, as the address has it; the server narrows it down, over all pages. */
export function LeaseFilters({ projects, search, onChange }: Props) {
  const { t } = useTranslation();
  const change: FieldProps['onChange'] = (name, value) => onChange(withPart(search, name, value));
  const fields = { search, onChange: change };
  const environments = projects.find(({ slug }) => slug === search.project)?.environments;
  return (
    <Filters>
      <ChoiceFilter
        label={t('projects.one')}
        choices={projects.map(({ slug, name }) => ({ value: slug, label: name }))}
        chosen={search.project}
        // An environment and a dynamic secret are of one project.
        onChoose={project => onChange(withPart(without(search, 'env', 'secret'), 'project', project))}
        all={t('leaseList.allProjects')}
      />
      {environments !== undefined && (
        <ChoiceFilter
          label={t('overview.environment')}
          choices={environments.map(({ slug, name }) => ({ value: slug, label: name }))}
          chosen={search.env}
          onChoose={env => change('env', env)}
        />
      )}
      <StatusFilter {...fields} />
      <ActorFilter {...fields} />
      <SecretFilter {...fields} />
      <ClusterFilter {...fields} />
      <EndsFilter {...fields} />
      <TypedFilter
        label={t('leases.find')}
        value={search.q ?? ''}
        onChange={text => change('q', text.trim() || undefined)}
      />
      <ChoiceFilter
        label={t('leaseList.group')}
        choices={GROUPINGS.map(value => ({ value, label: t(`leaseList.groups.${value}`) }))}
        chosen={search.group}
        onChoose={group => change('group', group)}
        all={t('leaseList.noGroup')}
      />
      {isNarrow(search) && (
        <Button
          variant="subtle"
          onClick={() => onChange(search.project === undefined ? {} : { project: search.project })}
        >
          {t('audit.clear')}
        </Button>
      )}
    </Filters>
  );
}

/** Not there for who may not see the connections. */
function ClusterFilter({ search, onChange }: FieldProps) {
  const { t } = useTranslation();
  const { data: connections } = useQuery({ ...connectionsQuery, retry: false });
  if (connections === undefined) return null;
  return (
    <ChoiceFilter
      label={t('leaseList.cluster')}
      choices={connections.map(({ id, name, url }) => ({ value: id, label: name ?? url }))}
      chosen={search.cluster}
      onChoose={cluster => onChange('cluster', cluster)}
    />
  );
}
