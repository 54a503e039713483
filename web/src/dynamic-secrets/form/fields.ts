import type { Draft } from './draft.ts';

/** What each group of fields gets: the draft, a way to change it, and the faults by field. */
export interface FieldsProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  faults: Record<string, string>;
  /** Whether something is there already whose token is stored. */
  isEdit: boolean;
}
