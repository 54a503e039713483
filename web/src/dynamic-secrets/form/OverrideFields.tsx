import { Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { EnvironmentSummary } from '../../api/schema.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import type { FieldsProps } from './fields.ts';
import { type Override, overridable } from './overrides.ts';
import { FIELD_WORDS } from './words.ts';

interface Props extends FieldsProps {
  environments: EnvironmentSummary[];
}

/** What some of several environments have otherwise; what is left empty is as above. */
export function OverrideFields({ draft, change, faults, environments }: Props) {
  const { t } = useTranslation();
  const columns: Column<EnvironmentSummary>[] = [
    {
      key: 'environment',
      header: t('overview.environment'),
      cell: ({ name }) => <span translate="no">{name}</span>,
    },
    ...overridable(draft).map(field => ({
      key: field,
      header: t(FIELD_WORDS[field]),
      cell: (environment: EnvironmentSummary) => input(environment, field),
    })),
  ];
  return (
    <>
      <Text size="sm" mb="sm">
        {t('form.overridesHelp')}
      </Text>
      <DataTable
        label={t('form.overrides')}
        columns={columns}
        rows={environments}
        rowKey={({ slug }) => slug}
      />
    </>
  );

  function input({ name, slug }: EnvironmentSummary, field: keyof Override) {
    const set = (value: string) =>
      change({ overrides: { ...draft.overrides, [slug]: { ...draft.overrides[slug], [field]: value } } });
    return (
      <TextInput
        aria-label={t('form.overrideOf', { field: t(FIELD_WORDS[field]), environment: name })}
        placeholder={draft[field]}
        value={draft.overrides[slug]?.[field] ?? ''}
        onChange={event => set(event.currentTarget.value)}
        error={draft.overrides[slug]?.[field] ? faults[`${slug}.${field}`] : undefined}
        autoComplete="off"
        size="xs"
      />
    );
  }
}
