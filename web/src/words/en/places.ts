/** What pages are called wherever something leads to them. */
export const places = {
  access: 'Access',
  approvals: 'Approvals',
  audit: 'Audit log',
  clusters: 'Clusters',
  gateways: 'Gateways',
  preferences: 'Settings',
  settings: 'Project settings',
} as const;
