import { MultiSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { EnvironmentSummary } from '../../api/schema.ts';
import type { Place } from '../../leases/queries.ts';
import { Notice } from '../../ui/Notice.tsx';
import { useRefusal } from '../use-right.ts';

interface Props {
  all: EnvironmentSummary[];
  places: Place[];
  /** Never with none. */
  onChoose: (slugs: [string, ...string[]]) => void;
}

/** In which environments it is saved, and where the caller may not. */
export function EnvironmentField({ all, places, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {places.map(place => (
        <MayNot key={place.environmentSlug} place={place} />
      ))}
      <MultiSelect
        label={t('overview.environments')}
        description={t('form.environmentsHelp')}
        data={all.map(({ name, slug }) => ({ value: slug, label: name }))}
        value={places.map(({ environmentSlug }) => environmentSlug)}
        onChange={([first, ...others]) => first !== undefined && onChoose([first, ...others])}
        clearable={false}
      />
    </>
  );
}

function MayNot({ place }: { place: Place }) {
  const { t } = useTranslation();
  const refusal = useRefusal(place, 'dynamic-secrets', 'create-root-credential');
  if (refusal === null) return null;
  return (
    <Notice tone="warn">
      {t('form.mayNot')} <span translate="no">{`${place.environmentSlug}: ${refusal}`}</span>
    </Notice>
  );
}
