import { access } from './access.ts';
import { account } from './account.ts';
import { approvals } from './approvals.ts';
import { audit } from './audit.ts';
import { clusters } from './clusters.ts';
import { form } from './form.ts';
import { gateways } from './gateways.ts';
import { home } from './home.ts';
import { leases } from './leases.ts';
import { overview } from './overview.ts';
import { permissions } from './permissions.ts';
import { preferences } from './preferences.ts';
import { projects } from './projects.ts';
import { secrets } from './secrets.ts';
import { session } from './session.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { state } from './state.ts';
import { token } from './token.ts';
import { ui } from './ui.ts';

/** Every text of the dashboard, by the noun it is about. A plural has a form for each case, as i18next reads them. */
export const en = {
  access,
  account,
  approvals,
  audit,
  clusters,
  form,
  gateways,
  home,
  leases,
  overview,
  permissions,
  preferences,
  projects,
  secrets,
  session,
  settings,
  shell,
  state,
  token,
  ui,
};
