import { useTranslation } from 'react-i18next';
import type { Cluster, Clusters } from './clusters.ts';
import { modeOf } from './narrow.ts';
import classes from './OverviewPage.module.css';
import type { Row } from './use-matrix.ts';

/** What a dynamic secret is called, where its tokens are good for and of which kind it is; both where they differ. */
export function Identity({ row, clusters }: { row: Row; clusters: Clusters }) {
  const { t } = useTranslation();
  const secrets = row.cells.flatMap(({ secret }) => secret ?? []);
  const names = new Set(secrets.flatMap(({ id }) => clusters[id]?.name ?? []));
  const modes = new Set(secrets.map(modeOf));
  return (
    <div>
      <span className={classes.name} translate="no">
        {row.name}
      </span>
      <div className={classes.about}>
        {names.size > 0 && <span translate="no">{`${[...names].join(', ')} · `}</span>}
        {[...modes].map(mode => t(`secrets.${mode}`)).join(', ')}
      </div>
    </div>
  );
}

/** The clusters of what is shown, each once, by name. */
export function clustersOf(rows: Row[], clusters: Clusters): Cluster[] {
  const found = rows.flatMap(({ cells }) => cells.flatMap(({ secret }) => clusters[secret?.id ?? ''] ?? []));
  const each = new Map(found.map(cluster => [cluster.id, cluster]));
  return [...each.values()].sort((a, b) => a.name.localeCompare(b.name));
}
