/** What the fields of the form are called on it. */
export const FIELD_WORDS = {
  name: 'clusters.name',
  url: 'secrets.clusterUrl',
  ca: 'form.ca',
  clusterToken: 'form.clusterToken',
  clientUrl: 'clusters.clientUrl',
  renewsToken: 'clusters.renews',
  sharedWith: 'clusters.sharedWith',
  projectIds: 'projects.title',
  namespaces: 'clusters.namespaces',
  serviceAccounts: 'clusters.accounts',
  roles: 'clusters.roles',
  maxTTL: 'secrets.maxTtl',
  systemNamespaces: 'clusters.systemNamespaces',
  escalatingRoles: 'clusters.escalatingRoles',
  wholeCluster: 'clusters.wholeCluster',
} as const;
