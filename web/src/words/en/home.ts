export const home = {
  held: 'Your live leases',
  nothingHeld: 'You hold no token right now.',
} as const;
