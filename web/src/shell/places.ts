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
  { to: '/clusters', words: 'places.clusters', Icon: IconServer2 },
  { to: '/gateways', words: 'places.gateways', Icon: IconRoute },
  { to: '/approvals', words: 'places.approvals', Icon: IconThumbUp },
  { to: '/access', words: 'places.access', Icon: IconShieldLock },
  { to: '/audit', words: 'places.audit', Icon: IconHistory },
  { to: '/settings', words: 'places.preferences', Icon: IconSettings },
] as const;
