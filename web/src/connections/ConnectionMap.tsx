import { getTreeExpandedState, Text, Tree, type TreeNodeData, useTree } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useQueries, useSuspenseQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type KeyboardEvent, type MouseEvent, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClusterConnection } from '../api/schema.ts';
import { projectsQuery } from '../projects/queries.ts';
import classes from './ConnectionMap.module.css';
import { mapOf } from './map.ts';
import { type MapNode, nodesOf } from './map-nodes.ts';
import { liveOnQuery } from './traffic.ts';

/** Clusters, the projects that may use them, and the dynamic secrets with live leases: a tree for the arrow keys. */
export function ConnectionMap({ connections }: { connections: ClusterConnection[] }) {
  const { t } = useTranslation();
  const router = useRouter();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const live = useQueries({ queries: connections.map(({ id }) => liveOnQuery(id)) });
  const nodes = connections.map((connection, index) =>
    nodesOf(connection, mapOf(connection, projects, live[index]?.data?.leases ?? []), router, t),
  );
  const known = new Map(nodes.flatMap(flat).map(node => [node.value, node]));
  const data = useSame(nodes.map(dataOf));
  const tree = useTree({ initialExpandedState: getTreeExpandedState(data, '*') });
  return (
    <>
      <Text size="sm" mb="sm">
        {t('clusters.mapHelp')}
      </Text>
      <Tree
        data={data}
        tree={tree}
        aria-label={t('clusters.map')}
        onKeyDown={openByKey}
        classNames={{ root: classes.tree ?? '', node: classes.node ?? '' }}
        renderNode={({ node: { value }, expanded, hasChildren, elementProps }) => (
          <div {...elementProps}>
            <span className={classes.mark} aria-hidden="true">
              {hasChildren && (expanded ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />)}
            </span>
            {label(value)}
          </div>
        )}
      />
    </>
  );

  /** The arrow keys have the focus on the tree's own items; links are for the pointer and for Enter. */
  function label(value: string) {
    const node = known.get(value);
    if (node === undefined) return null;
    return (
      <span>
        <a href={node.href} tabIndex={-1} translate="no" onClick={event => follow(event, node.href)}>
          {node.label}
        </a>{' '}
        <span className={classes.about}>{node.about}</span>
      </span>
    );
  }

  function follow(event: MouseEvent, href: string) {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    router.history.push(href);
  }
}

function dataOf({ value, label, children }: MapNode): TreeNodeData {
  return { value, label, children: children.map(dataOf) };
}

function flat(node: MapNode): MapNode[] {
  return [node, ...node.children.flatMap(flat)];
}

/** The same object as long as the same is in it: the tree begins anew with each other one. */
function useSame(data: TreeNodeData[]): TreeNodeData[] {
  const text = JSON.stringify(data);
  return useMemo(() => JSON.parse(text) as TreeNodeData[], [text]);
}

function openByKey(event: KeyboardEvent) {
  if (event.key !== 'Enter') return;
  event.preventDefault();
  document.activeElement?.querySelector<HTMLElement>('a')?.click();
}
