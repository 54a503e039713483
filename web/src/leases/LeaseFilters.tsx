import { Button, Select, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { ProjectSelect } from '../projects/ProjectSelect.tsx';
import { Filters } from '../ui/Filters.tsx';
import { STATES } from './history.ts';
import { isNarrow, type Narrowing } from './narrow.ts';

export interface LeaseSearch extends Narrowing {
  project?: string;
  state?: (typeof STATES)[number];
  open?: string;
}

interface Props {
  projects: Project[];
  project: Project;
  search: LeaseSearch;
  onChange: (search: LeaseSearch) => void;
}

const ALL = 'all';

/** What is shown, as the address has it. */
export function LeaseFilters({ projects, project, search, onChange }: Props) {
  const { t } = useTranslation();
  const change = <Name extends keyof LeaseSearch>(name: Name, value: LeaseSearch[Name] | undefined) => {
    const { [name]: _, ...rest } = search;
    onChange(value === undefined ? rest : { ...rest, [name]: value });
  };
  return (
    <Filters>
      <ProjectSelect
        projects={projects}
        chosen={project.slug}
        onChoose={chosen => change('project', chosen)}
      />
      <Select
        label={t('leases.state')}
        data={[ALL, ...STATES].map(value => ({ value, label: t(`leases.states.${value as typeof ALL}`) }))}
        value={search.state ?? ALL}
        onChange={value =>
          change(
            'state',
            STATES.find(candidate => candidate === value),
          )
        }
        allowDeselect={false}
      />
      <TextInput
        label={t('leases.find')}
        value={search.q ?? ''}
        onChange={event => change('q', event.currentTarget.value || undefined)}
        data-key="/"
        autoComplete="off"
      />
      <Switch
        label={t('leases.mine')}
        pb={8}
        checked={search.who === 'me'}
        onChange={event => change('who', event.currentTarget.checked ? 'me' : undefined)}
      />
      <Switch
        label={t('leases.endingSoon')}
        pb={8}
        checked={search.ends === 'soon'}
        onChange={event => change('ends', event.currentTarget.checked ? 'soon' : undefined)}
      />
      {(isNarrow(search) || search.state !== undefined) && (
        <Button variant="subtle" onClick={() => onChange({ project: project.slug })}>
          {t('audit.clear')}
        </Button>
      )}
    </Filters>
  );
}
