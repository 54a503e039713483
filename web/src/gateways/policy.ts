/** What a gateway lets itself be asked, as it says so itself. The description of the API leaves it open: it is the gateway's own. */
export interface Policy {
  operations: string[];
  static: { accounts: { namespace: string; name: string }[]; anchors: boolean };
  dynamic: {
    namespaces: string[];
    roles: { kind: string; name: string }[];
    clusterWide: boolean;
    ownRules: boolean;
  };
  audiences: string[];
  minTtlSeconds: number;
  maxTtlSeconds: number;
  operationsPerSecond: number;
  burst: number;
  parallel: number;
  forward: { enabled: boolean; targets: { host: string; port: number; cidr?: string }[] };
}

/** What is assumed of a part that a gateway of another version does not tell: nothing is allowed by it. */
const NOTHING: Policy = {
  operations: [],
  static: { accounts: [], anchors: false },
  dynamic: { namespaces: [], roles: [], clusterWide: false, ownRules: false },
  audiences: [],
  minTtlSeconds: 0,
  maxTtlSeconds: 0,
  operationsPerSecond: 0,
  burst: 0,
  parallel: 0,
  forward: { enabled: false, targets: [] },
};

/** The policy of an answer; null before the gateway was there once. */
export function policyOf(shown: object | null | undefined): Policy | null {
  if (shown == null) return null;
  const policy = { ...NOTHING, ...shown };
  return {
    ...policy,
    static: { ...NOTHING.static, ...policy.static },
    dynamic: { ...NOTHING.dynamic, ...policy.dynamic },
    forward: { ...NOTHING.forward, ...policy.forward },
  };
}
