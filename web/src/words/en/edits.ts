export const edits = {
  others: 'Somebody else changed this while the form was open.',
  followed: 'What you left alone shows theirs now:',
  theirs: 'now',
  yours: 'here',
  effect: 'Saving puts yours in place of theirs.',
  takeTheirs: 'Take theirs',
  look: 'Nothing was saved: somebody else changed the same meanwhile. Look at what they made of it, then save again.',
};
