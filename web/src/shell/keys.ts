/** What single keys do. One list: the listener and the sheet both read it. */
export const GO_TO = {
  o: { to: '/projects', words: 'shell.goProjects' },
  l: { to: '/leases', words: 'shell.goLeases' },
  c: { to: '/clusters', words: 'shell.goClusters' },
  a: { to: '/access', words: 'shell.goAccess' },
  u: { to: '/audit', words: 'shell.goAudit' },
} as const;

const OFF = 'mayfly.keys';

export function areKeysOn(): boolean {
  return localStorage.getItem(OFF) !== 'off';
}

export function switchKeys(isOn: boolean): void {
  if (isOn) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, 'off');
}
