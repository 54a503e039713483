import { Group } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { DynamicSecret } from '../api/schema.ts';
import { Count } from '../leases/Count.tsx';
import { filterOf, withPart } from '../leases/filter.ts';
import { ActorFilter, EndsFilter, type FieldProps, StatusFilter } from '../leases/filter-fields.tsx';
import { LeaseList } from '../leases/LeaseList.tsx';
import { NoLease } from '../leases/NoLease.tsx';
import type { Place } from '../leases/queries.ts';
import { isNarrow, type LeaseSearch } from '../leases/search.ts';
import { unknownIn, withoutUnknown } from '../leases/unknown.ts';
import { useHistory } from '../leases/use-history.ts';
import { meQuery } from '../session/queries.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Filters } from '../ui/Filters.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { UnknownPanel } from '../ui/UnknownPanel.tsx';

interface Props {
  secret: DynamicSecret;
  place: Place;
  /** The filters, as the address has them. */
  search: LeaseSearch;
  onChange: (search: LeaseSearch) => void;
  /** The lease that is open beside the list. */
  open: string | undefined;
  /** Why no lease may be asked for. */
  refusal: string | null;
  onNew: () => void;
}

/** The leases of one dynamic secret, those that are over too. */
export function LeasesTab({ secret, place, search, onChange, open, refusal, onNew }: Props) {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const { projectSlug } = place;
  const filter = { ...filterOf(search, me.user.id, []), projectSlug, dynamicSecretId: secret.id };
  const history = useHistory(filter);
  const change: FieldProps['onChange'] = (name, value) => onChange(withPart(search, name, value));
  const fields = { search, onChange: change };
  const unknown = unknownIn(t, search, []);
  const add = (
    <ActionButton variant="light" reason={refusal} onClick={onNew}>
      {t('leases.new')}
    </ActionButton>
  );
  return (
    <>
      <Filters>
        <StatusFilter {...fields} />
        <ActorFilter {...fields} search={{ ...search, project: projectSlug }} />
        <EndsFilter {...fields} />
      </Filters>
      <Group justify="space-between" mb="md">
        <Count history={history} />
        {add}
      </Group>
      {unknown.length > 0 ? (
        <UnknownPanel unknown={unknown} onClear={() => onChange(withoutUnknown(search, unknown))} />
      ) : (
        <LeaseList
          filter={filter}
          history={history}
          slugOf={() => projectSlug}
          open={open}
          none={
            isNarrow(search) ? (
              <NoLease search={search} onClear={onChange} />
            ) : (
              <StatePanel kind="empty" title={t('leases.none')}>
                {t('leases.noneWhy')}
              </StatePanel>
            )
          }
        />
      )}
    </>
  );
}
