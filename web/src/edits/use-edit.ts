import i18next from 'i18next';
import { useState } from 'react';
import { ApiError } from '../api/problem.ts';
import { begun, type Edit, type Field, isSame, meet, only } from './meet.ts';

export interface UsedEdit<Values> extends Edit<Values> {
  /** Whether anything is otherwise than the server has it. */
  isChanged: boolean;
  change: (changes: Partial<Values>) => void;
  /** Gives up one's own where others changed the same. */
  takeTheirs: () => void;
  /**
   * What is to be saved over `fresh`, which the server has at this moment. Throws where others changed the same since
   * somebody last saw it: the form tells of that by itself, and whoever sends it again knows.
   */
  settle: (fresh: Values) => Values;
}

/**
 * A form about something that others may change while it is open; `theirs` is the newest that is known of it. A form that stays
 * open when it was saved is `tidied` for that: were something else in it than what was sent, its own save would look like
 * somebody else's.
 */
export function useEdit<Values extends object>(
  theirs: Values,
  tidied: (draft: Values) => Values = draft => draft,
): UsedEdit<Values> {
  const [kept, setEdit] = useState(() => begun(theirs));
  const met = meet(kept, theirs);
  if (met !== kept) setEdit(met);
  const isOwn = (field: Field<Values>) => !isSame(met.draft[field], met.base[field]);
  const edit = { ...met, clashes: met.clashes.filter(isOwn) };
  return {
    ...edit,
    isChanged: !isSame(edit.draft, edit.base),
    change: changes => setEdit(before => ({ ...before, draft: { ...before.draft, ...changes } })),
    takeTheirs: () =>
      setEdit(before => ({
        ...before,
        draft: { ...before.draft, ...only(before.base, before.clashes) },
        clashes: [],
      })),
    settle: fresh => {
      const last = meet({ ...edit, draft: tidied(edit.draft) }, fresh);
      const isUnseen = (field: Field<Values>) =>
        !edit.clashes.includes(field) || !isSame(last.base[field], edit.base[field]);
      if (last.clashes.some(isUnseen)) {
        throw new ApiError(409, { code: 'changed_meanwhile', message: i18next.t('edits.look') });
      }
      setEdit(before => ({ ...before, draft: tidied(before.draft) }));
      return last.draft;
    },
  };
}
