import { Button, Select, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { EventFacets, Project } from '../api/schema.ts';
import { Filters } from '../ui/Filters.tsx';
import { SPANS, type Span } from './spans.ts';
import { nameOf } from './words-of.ts';

interface Search {
  project?: string;
  kind?: string;
  outcome?: string;
  actor?: string;
  lease?: string;
  cluster?: string;
  last?: Span;
}

interface Props {
  projects: Project[];
  search: Search;
  facets: EventFacets | undefined;
  onClear: () => void;
}

interface Choice {
  value: string;
  label: string;
}

const ALL = 'all';

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
  const choices = (
    name: keyof Search,
    label: string,
    data: Choice[],
    placeholder: string = t('audit.all'),
  ) => (
    <Select
      label={label}
      placeholder={placeholder}
      data={data}
      value={search[name] ?? null}
      onChange={value => narrow(name, value)}
      searchable={data.length > 8}
      clearable
      clearButtonProps={{ 'aria-label': t('audit.clear') }}
      {...(name === 'kind' ? { 'data-key': 'f' } : {})}
    />
  );
  return (
    <Filters>
      <Select
        label={t('audit.span')}
        data={[ALL, ...SPANS].map(value => ({ value, label: t(`audit.spans.${value as typeof ALL}`) }))}
        value={search.last ?? ALL}
        onChange={value => narrow('last', value === ALL ? null : value)}
        allowDeselect={false}
      />
      {choices(
        'project',
        t('projects.one'),
        projects.map(({ slug, name }) => ({ value: slug, label: name })),
        t('audit.everywhere'),
      )}
      {choices('kind', t('audit.kind'), counted(facets?.kinds, search.kind))}
      {choices('outcome', t('audit.outcome'), counted(facets?.outcomes, search.outcome))}
      {choices('actor', t('leases.who'), actors(facets, search.actor))}
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

/** What was chosen stays to be seen, also where there is none of it. */
function counted(counts: object | undefined, chosen: string | undefined): Choice[] {
  return Object.entries({ ...(chosen === undefined ? {} : { [chosen]: 0 }), ...counts })
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([value, count]) => ({ value, label: `${value} (${count})` }));
}

function actors(facets: EventFacets | undefined, chosen: string | undefined): Choice[] {
  const known = (facets?.actors ?? []).map(({ id, actor, count }) => ({
    value: id,
    label: `${actor == null ? id : nameOf(actor)} (${count})`,
  }));
  const isThere = chosen === undefined || known.some(({ value }) => value === chosen);
  return isThere ? known : [{ value: chosen, label: chosen }, ...known];
}
