import { home } from './home.ts';
import { leases } from './leases.ts';
import { overview } from './overview.ts';
import { places } from './places.ts';
import { projects } from './projects.ts';
import { session } from './session.ts';
import { shell } from './shell.ts';
import { state } from './state.ts';
import { ui } from './ui.ts';

/** What the first page needs, by the noun it is about. A plural has a form for each case, as i18next reads them. */
export const early = {
  home,
  leases,
  overview,
  places,
  projects,
  session,
  shell,
  state,
  ui,
};
