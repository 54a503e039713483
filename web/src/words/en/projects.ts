export const projects = {
  title: 'Projects',
  one: 'Project',
  new: 'New project',
  make: 'Make the project',
  name: 'Name',
  nameHelp: 'It begins with the environments Development, Staging and Production.',
  none: 'No project yet',
  noneWhy:
    'A project keeps environments and the dynamic secrets in them. You see the projects that you are a member of.',
} as const;
