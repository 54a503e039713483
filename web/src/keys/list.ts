/** What single keys do. One list: what listens and the sheet that explains both read it. */
export const GO_TO = {
  h: { to: '/', words: 'shell.goHome' },
  o: { to: '/projects', words: 'shell.goProjects' },
  l: { to: '/leases', words: 'shell.goLeases' },
  c: { to: '/clusters', words: 'shell.goClusters' },
  w: { to: '/gateways', words: 'shell.goGateways' },
  a: { to: '/access', words: 'shell.goAccess' },
  u: { to: '/audit', words: 'shell.goAudit' },
} as const;

/** Keys that press what is marked with `data-key`: in the row that has the focus, or else anywhere on the page. */
export const MARKED_KEYS = {
  '/': 'shell.keySearch',
  n: 'shell.keyNew',
  x: 'shell.rowSelect',
  t: 'shell.rowGenerate',
  d: 'keys.duplicate',
  r: 'shell.rowDelete',
  '.': 'keys.menu',
  p: 'shell.keyTest',
  f: 'shell.keyFilter',
  l: 'shell.keyLive',
} as const;

/** Keys that are listened for where they belong. */
export const OTHER_KEYS = [
  { keys: 'j', words: 'shell.keyDown' },
  { keys: 'k', words: 'shell.keyUp' },
  { keys: 'Enter', words: 'shell.rowOpen' },
  { keys: 'e 1 – 9', words: 'keys.environment' },
  { keys: '[', words: 'shell.keyPrevious' },
  { keys: ']', words: 'shell.keyNext' },
  { keys: '1 – 9', words: 'keys.favourite' },
  { keys: '1 – 5', words: 'shell.keyTtl' },
  { keys: 'Alt ↑ ↓', words: 'keys.section' },
  { keys: 'Ctrl Enter', words: 'keys.submit' },
  { keys: 'Alt 1 – 5', words: 'shell.keyTab' },
  { keys: 'c', words: 'shell.keyCopy' },
  { keys: 'k', words: 'shell.keyKubeconfig' },
  { keys: 'v', words: 'shell.keyReveal' },
] as const;
