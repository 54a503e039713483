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
  unknown: 'The address names what is not here',
  unknownWhy:
    'It is not there, or not for you to see. Without it this page would show more than was asked for:',
  unknownClear: 'Go on without it',
  unreachable: 'The server does not answer',
  unreachableWhy: 'Mayfly did not answer. Check your connection; nothing was changed.',
  unexpected: 'This page broke',
} as const;
