import { useTranslation } from 'react-i18next';
import { ChoiceFilter } from '../ui/ChoiceFilter.tsx';
import { useKnown } from './known.ts';
import { ENDS, type LeaseSearch, STATUSES } from './search.ts';

export interface FieldProps {
  search: LeaseSearch;
  /** Changes one part of the address; without a value it is taken out. */
  onChange: <Name extends keyof LeaseSearch>(name: Name, value: LeaseSearch[Name] | undefined) => void;
}

export function StatusFilter({ search, onChange }: FieldProps) {
  const { t } = useTranslation();
  return (
    <ChoiceFilter
      label={t('leases.status')}
      choices={STATUSES.map(value => ({ value, label: t(`leaseList.statuses.${value}`) }))}
      chosen={search.status}
      onChoose={value => onChange('status', value)}
    />
  );
}

export function EndsFilter({ search, onChange }: FieldProps) {
  const { t } = useTranslation();
  return (
    <ChoiceFilter
      label={t('leases.ends')}
      choices={ENDS.map(value => ({ value, label: t(`leaseList.within.${value}`) }))}
      chosen={search.ends}
      onChoose={value => onChange('ends', value)}
      all={t('leaseList.whenever')}
    />
  );
}

/** Whoever is not among the newest leases is found by typing: the server looks through all of them. */
export function ActorFilter({ search, onChange }: FieldProps) {
  const { t } = useTranslation();
  const [holders, setTyped] = useKnown('holderId', search.project, search.actor);
  return (
    <ChoiceFilter
      label={t('leases.who')}
      choices={[{ value: 'me', label: t('leases.mine') }, ...holders]}
      chosen={search.actor}
      onChoose={value => onChange('actor', value)}
      all={t('leaseList.everybody')}
      isSearchable
      onSearchChange={setTyped}
    />
  );
}

export function SecretFilter({ search, onChange }: FieldProps) {
  const { t } = useTranslation();
  const [secrets, setTyped] = useKnown('dynamicSecretId', search.project, search.secret);
  return (
    <ChoiceFilter
      label={t('leases.secret')}
      choices={secrets}
      chosen={search.secret}
      onChoose={value => onChange('secret', value)}
      isSearchable
      onSearchChange={setTyped}
    />
  );
}
