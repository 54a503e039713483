export const state = {
  loading: 'Loading',
  retry: 'Try again',
  reference: 'Reference:',
  error: 'That did not work',
  forbidden: 'You may not see this',
  forbiddenWhy:
    'An administrator of the project or of the organization can give you the right. The server said:',
  missing: 'Not found',
  missingWhy: 'There is no such thing, or it is not for you to see. Both look the same on purpose.',
  unreachable: 'The server does not answer',
  unreachableWhy: 'Mayfly did not answer. Check your connection; nothing was changed.',
  unexpected: 'This page broke',
} as const;
