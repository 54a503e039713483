/** What single keys do, besides those whose words the shell has. */
export const keys = {
  section: 'Next or previous section of a form',
  submit: 'Submit the form',
  duplicate: 'Duplicate the dynamic secret of the row',
  menu: 'Open the menu of the row',
  environment: 'Show one environment of the overview, or with 0 all',
  favourite: 'Open a favourite, on the first page',
} as const;
