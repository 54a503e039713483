import {
  IconClockHour4,
  IconFolders,
  IconHistory,
  IconHome,
  IconRoute,
  IconServer2,
  IconSettings,
  IconShieldLock,
  IconThumbUp,
} from '@tabler/icons-react';

/** The pages that belong to no project, in the order in which people come to need them. */
export const PLACES = [
  { to: '/', words: 'home.title', Icon: IconHome },
  { to: '/projects', words: 'projects.title', Icon: IconFolders },
  { to: '/leases', words: 'leases.title', Icon: IconClockHour4 },
  { to: '/clusters', words: 'clusters.title', Icon: IconServer2 },
  { to: '/gateways', words: 'gateways.title', Icon: IconRoute },
  { to: '/approvals', words: 'approvals.title', Icon: IconThumbUp },
  { to: '/access', words: 'access.title', Icon: IconShieldLock },
  { to: '/audit', words: 'audit.title', Icon: IconHistory },
  { to: '/settings', words: 'preferences.title', Icon: IconSettings },
] as const;
