const OFF = 'mayfly.keys';

/** Whether single keys do something; whoever dictates or types by accident switches them off. */
export function areKeysOn(): boolean {
  return localStorage.getItem(OFF) !== 'off';
}

export function switchKeys(isOn: boolean): void {
  if (isOn) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, 'off');
}
