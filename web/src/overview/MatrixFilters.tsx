import { Button, NativeSelect } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ChoiceFilter } from '../ui/ChoiceFilter.tsx';
import { Filters } from '../ui/Filters.tsx';
import type { Cluster } from './clusters.ts';
import { MODES, STATUSES } from './narrow.ts';

const route = getRouteApi('/shell/p/$project/overview');
const IN_PLACE = { replace: true, resetScroll: false } as const;

/** What the list is narrowed down to, as the address has it. */
export function MatrixFilters({ clusters }: { clusters: Cluster[] }) {
  const { t } = useTranslation();
  const { mode, status, cluster, q } = route.useSearch();
  const navigate = route.useNavigate();
  const chooseMode = (value: string) => {
    const chosen = MODES.find(one => one === value);
    const search = chosen === undefined ? {} : { mode: chosen };
    void navigate({ search: ({ mode: _, ...rest }) => ({ ...rest, ...search }), ...IN_PLACE });
  };
  const chooseStatus = (value: string) => {
    const chosen = STATUSES.find(one => one === value);
    const search = chosen === undefined ? {} : { status: chosen };
    void navigate({ search: ({ status: _, ...rest }) => ({ ...rest, ...search }), ...IN_PLACE });
  };
  const chooseCluster = (chosen: string | undefined) =>
    void navigate({
      search: ({ cluster: _, ...rest }) => (chosen === undefined ? rest : { ...rest, cluster: chosen }),
      ...IN_PLACE,
    });
  const clear = () =>
    void navigate({
      search: ({ mode: _, status: __, q: ___, cluster: ____, ...rest }) => rest,
      ...IN_PLACE,
    });
  const any = { value: '', label: t('matrix.any') };
  return (
    <Filters>
      <NativeSelect
        label={t('matrix.mode')}
        data={[any, ...MODES.map(value => ({ value, label: t(`secrets.${value}`) }))]}
        value={mode ?? ''}
        onChange={event => chooseMode(event.currentTarget.value)}
        data-key="f"
      />
      <NativeSelect
        label={t('matrix.status')}
        data={[any, ...STATUSES.map(value => ({ value, label: t(`matrix.statuses.${value}`) }))]}
        value={status ?? ''}
        onChange={event => chooseStatus(event.currentTarget.value)}
      />
      {(clusters.length > 0 || cluster !== undefined) && (
        <ChoiceFilter
          label={t('matrix.cluster')}
          choices={clusters.map(({ id, name }) => ({ value: id, label: name }))}
          chosen={cluster}
          onChoose={chooseCluster}
          all={t('matrix.any')}
        />
      )}
      {(mode !== undefined || cluster !== undefined || status !== undefined || q !== undefined) && (
        <Button variant="subtle" onClick={clear}>
          {t('matrix.clear')}
        </Button>
      )}
    </Filters>
  );
}
