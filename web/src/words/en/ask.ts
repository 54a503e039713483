/** For whoever is in no project, and may make none. */
export const ask = {
  title: 'You are in no project yet',
  why: 'An administrator of Mayfly or of a project adds you. This is what to ask for:',
  label: 'Message',
  words: 'Could you add {{email}} to a project in Mayfly, at {{address}}?',
} as const;
