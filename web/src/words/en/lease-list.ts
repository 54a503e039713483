export const leaseList = {
  statuses: {
    active: 'Active',
    issuing: 'Being issued',
    ending: 'Being revoked',
    failing: 'Clean-up failing',
    early: 'Ended early, token may live',
    open: 'Not over',
    over: 'Over',
  },
  within: {
    '1h': 'Within an hour',
    '24h': 'Within 24 hours',
    '7d': 'Within 7 days',
  },
  whenever: 'Whenever',
  everybody: 'Everybody',
  allProjects: 'All projects',
  cluster: 'Cluster',
  most_one: '{{count}} lease or more',
  most_other: '{{count}} leases or more',
  noneFits: 'No lease fits the filters',
  narrowedBy: 'Narrowed down by: {{names}}.',
  endManyUntold:
    'The server ends many by project, environment, who, dynamic secret and cluster. With another filter, choose leases in the list instead.',
  ownOnly: 'You see your own leases here: you do not manage those of others.',
  ownOnlyIn: 'You see your own leases only in: {{names}}.',
} as const;
