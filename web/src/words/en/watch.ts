export const watch = {
  sessionTitle: 'Your session is about to end',
  sessionIdle: 'Nobody has used it for a while. Unless it is used now, it ends {{when}}.',
  sessionOver:
    'It has lasted as long as a session may. It ends {{when}}; then sign in again, and you come back here.',
  stay: 'Stay signed in',
  help: 'Your browser shows them while this dashboard is open in it. All are off until you switch them on.',
  kinds: {
    ending: 'A lease of mine ends in 10 minutes',
    failing: 'The clean-up of a lease failed',
  },
  kindHelp: {
    ending: 'Told by the time that the token itself has.',
    failing: 'Of leases that you may see. Looked for while the dashboard is in view.',
  },
  refused:
    'This browser does not let Mayfly show notifications. Allow them for this address, and switch on again.',
  unable: 'This browser has no notifications.',
  endingTitle: '{{name}} ends {{when}}',
  failingTitle: 'The clean-up of {{name}} failed',
} as const;
