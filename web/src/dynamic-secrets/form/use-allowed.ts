import { useQuery } from '@tanstack/react-query';
import { type Policy, policyOf } from '../../gateways/policy.ts';
import { gatewaysQuery } from '../../gateways/queries.ts';
import type { Draft } from './draft.ts';

/** Names that the policy of a gateway lets pass, for the choices that were made. */
interface Allowed {
  namespaces: string[];
  accounts: string[];
  roles: string[];
  /** Whether it makes what a token has to be bound to so that it can be taken back; null where nothing is known of it. */
  anchors: boolean | null;
}

/** What the gateway that does the work would not refuse; nothing where another credential does it. */
export function useAllowed(draft: Draft): Allowed {
  const doesWork = draft.authMethod === 'gateway' && draft.gatewayId !== '';
  const { data } = useQuery({ ...gatewaysQuery, enabled: doesWork, retry: false });
  const gateway = doesWork ? data?.find(({ id }) => id === draft.gatewayId) : undefined;
  return allowedBy(policyOf(gateway?.policy), draft);
}

export function allowedBy(policy: Policy | null, draft: Draft): Allowed {
  const accounts = policy?.static.accounts ?? [];
  const isStatic = draft.credentialType === 'static';
  const kind = draft.roleType === 'role' ? 'Role' : 'ClusterRole';
  return {
    namespaces: isStatic
      ? [...new Set(accounts.map(({ namespace }) => namespace))]
      : (policy?.dynamic.namespaces ?? []),
    accounts: accounts
      .filter(({ namespace }) => namespace === draft.namespace.trim())
      .map(({ name }) => name),
    roles: (policy?.dynamic.roles ?? []).filter(role => role.kind === kind).map(({ name }) => name),
    anchors: policy?.static.anchors ?? null,
  };
}
