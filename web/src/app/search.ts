/** Reads parts of an address, whatever somebody typed there. */
type Search = Record<string, unknown>;

/** A text under its name, or nothing at all. The router reads `30` as a number; here it is a text again. */
export function text<Name extends string>(search: Search, name: Name): { [Key in Name]?: string } {
  const value = search[name];
  const isText = typeof value === 'string' || typeof value === 'number';
  return (isText && String(value) !== '' ? { [name]: String(value) } : {}) as { [Key in Name]?: string };
}

export function oneOf<Name extends string, Value extends string>(
  search: Search,
  name: Name,
  values: readonly Value[],
): { [Key in Name]?: Value } {
  const found = values.find(value => value === search[name]);
  return (found === undefined ? {} : { [name]: found }) as { [Key in Name]?: Value };
}

export function flag<Name extends string>(search: Search, name: Name): { [Key in Name]?: true } {
  const isSet = [1, true, '1', 'true'].includes(search[name] as string);
  return (isSet ? { [name]: true } : {}) as { [Key in Name]?: true };
}
