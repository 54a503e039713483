/** What single keys do. One list: the listener and the sheet both read it. */
export const GO_TO = {
  p: { to: '/projects', words: 'shell.goProjects' },
} as const;

const OFF = 'mayfly.keys';

export function areKeysOn(): boolean {
  return localStorage.getItem(OFF) !== 'off';
}

export function switchKeys(isOn: boolean): void {
  if (isOn) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, 'off');
}
