/** What somebody can be in the organization; what they may do in projects is said there. */
export const ORGANIZATION_ROLES = ['no-access', 'member', 'admin'] as const;
