import type { AnyRouter } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import type { ClusterConnection } from '../api/schema.ts';
import type { MappedProject, MappedSecret } from './map.ts';

/** A thing on the map: where it leads, and what is said beside its name. */
export interface MapNode {
  value: string;
  label: string;
  href: string;
  about: string;
  children: MapNode[];
}

export function nodesOf(
  connection: ClusterConnection,
  projects: MappedProject[],
  router: AnyRouter,
  t: TFunction,
): MapNode {
  const about = t(projects.length === 0 ? 'clusters.noProject' : wayOf(connection));
  return {
    value: connection.id,
    label: connection.name ?? connection.url,
    href: hrefOf('/clusters/$connection', { connection: connection.id }),
    about,
    children: projects.map(ofProject),
  };

  function ofProject({ project, secrets }: MappedProject): MapNode {
    return {
      value: `${connection.id} ${project.id}`,
      label: project.name,
      href: hrefOf('/p/$project/overview', { project: project.slug }),
      about: '',
      children: secrets.map(secret => ofSecret(project.slug, secret)),
    };
  }

  function ofSecret(project: string, { name, environment, path, live }: MappedSecret): MapNode {
    const params = { project, environment, name };
    return {
      value: `${connection.id} ${project} ${environment} ${path} ${name}`,
      label: `${name} · ${environment}`,
      href: hrefOf('/p/$project/e/$environment/s/$name', params, path === '/' ? {} : { path }),
      about: t('clusters.mapLive', { count: live }),
      children: [],
    };
  }

  function hrefOf(to: string, params: Record<string, string>, search: Record<string, string> = {}): string {
    return router.buildLocation({ to, params, search }).href;
  }
}

function wayOf({ gatewayId, gatewayPoolId }: ClusterConnection) {
  if (gatewayPoolId != null) return 'clusters.viaPool';
  return gatewayId == null ? 'clusters.viaInternet' : 'clusters.viaGateway';
}
