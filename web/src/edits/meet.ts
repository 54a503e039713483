/** What somebody changes: as it was when they began or as it is known since, and as they have it. */
export interface Edit<Values> {
  /** The newest that is known of the server's. */
  base: Values;
  draft: Values;
  /** What others changed and nobody did here: it is in the draft. */
  followed: Field<Values>[];
  /** What others changed and somebody did here, too, otherwise. */
  clashes: Field<Values>[];
}

export type Field<Values> = keyof Values & string;

export function begun<Values extends object>(values: Values): Edit<Values> {
  return { base: values, draft: values, followed: [], clashes: [] };
}

/** An edit after others changed the same thing: what was left alone here follows them, what was not is kept and named. */
export function meet<Values extends object>(edit: Edit<Values>, theirs: Values): Edit<Values> {
  if (isSame(edit.base, theirs)) return edit;
  const { base, draft } = edit;
  const fields = Object.keys(theirs) as Field<Values>[];
  const isMine = (field: Field<Values>) => !isSame(draft[field], base[field]);
  const isOther = (field: Field<Values>) => !isSame(theirs[field], base[field]);
  const own = fields.filter(field => isMine(field) && !isSame(draft[field], theirs[field]));
  // Nothing of one's own is left: it is as if the form were opened now.
  if (own.length === 0) return begun(theirs);
  return {
    base: theirs,
    draft: { ...theirs, ...only(draft, own) },
    followed: fields.filter(
      field => !own.includes(field) && ((isOther(field) && !isMine(field)) || edit.followed.includes(field)),
    ),
    clashes: own.filter(field => isOther(field) || edit.clashes.includes(field)),
  };
}

export function only<Values extends object>(values: Values, fields: Field<Values>[]): Partial<Values> {
  return Object.fromEntries(fields.map(field => [field, values[field]])) as Partial<Values>;
}

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
