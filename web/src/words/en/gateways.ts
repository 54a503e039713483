export const gateways = {
  none: 'No gateway yet',
  noneWhy:
    'A gateway stands beside a cluster that Mayfly cannot reach, and connects from there. This version of the server has none: it speaks to each cluster over the network itself, which is called Internet Gateway.',
} as const;
