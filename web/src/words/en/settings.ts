export const settings = {
  requiresReason: 'Each lease needs a reason',
  requiresRevocable: 'Only tokens that can be taken back',
  longest: 'Longest lease',
  longestHelp: 'One number and one unit, such as 8h. Empty: what the dynamic secret says.',
  approvals: 'Who has to agree before a token is handed out',
  people_one: '{{count}} other person',
  people_other: '{{count}} other people',
  people_zero: 'nobody',
  validFor: 'How long their word counts',
  validForHelp: 'From 1m to 24h.',
  saved: 'The policy was saved.',
  asked:
    'This asks for less than before, so others were asked to agree. The change is made with the last word that is needed.',
} as const;
