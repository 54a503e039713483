import { useQuery } from '@tanstack/react-query';
import type { Policy } from '../../gateways/policy.ts';
import { poolsQuery } from '../../gateways/pools/queries.ts';
import { gatewaysQuery } from '../../gateways/queries.ts';
import { isVia, policiesOf } from '../../gateways/way.ts';
import type { Draft } from './draft.ts';

/** Names that a gateway lets pass by its policy, or a pool by those of all its gateways, for the choices that were made. */
interface Allowed {
  namespaces: string[];
  accounts: string[];
  roles: string[];
  /** Whether it makes what a token has to be bound to so that it can be taken back; null where nothing is known of it. */
  anchors: boolean | null;
}

/** What the gateway or pool that does the work would not refuse; nothing where another credential does it. */
export function useAllowed(draft: Draft): Allowed {
  const doesWork = draft.authMethod === 'gateway' && isVia(draft);
  const { data: gateways = [] } = useQuery({ ...gatewaysQuery, enabled: doesWork, retry: false });
  const { data: pools = [] } = useQuery({
    ...poolsQuery,
    enabled: doesWork && draft.gatewayPoolId !== '',
    retry: false,
  });
  return allowedBy(doesWork ? policiesOf(draft, gateways, pools) : [], draft);
}

/** What each of them lets pass: whichever is there is asked. */
export function allowedBy(policies: Policy[], draft: Draft): Allowed {
  const all = policies.map(policy => allowedByOne(policy, draft));
  const common = (field: 'namespaces' | 'accounts' | 'roles') => {
    const [first, ...others] = all;
    return (first?.[field] ?? []).filter(name => others.every(other => other[field].includes(name)));
  };
  return {
    namespaces: common('namespaces'),
    accounts: common('accounts'),
    roles: common('roles'),
    anchors: all.length === 0 ? null : all.every(({ anchors }) => anchors),
  };
}

function allowedByOne({ static: { accounts, anchors }, dynamic }: Policy, draft: Draft) {
  const isStatic = draft.credentialType === 'static';
  const kind = draft.roleType === 'role' ? 'Role' : 'ClusterRole';
  return {
    namespaces: isStatic ? [...new Set(accounts.map(({ namespace }) => namespace))] : dynamic.namespaces,
    accounts: accounts
      .filter(({ namespace }) => namespace === draft.namespace.trim())
      .map(({ name }) => name),
    roles: dynamic.roles.filter(role => role.kind === kind).map(({ name }) => name),
    anchors,
  };
}
