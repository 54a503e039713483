import { access } from './access.ts';
import { account } from './account.ts';
import { approvals } from './approvals.ts';
import { ask } from './ask.ts';
import { audit } from './audit.ts';
import { clusters } from './clusters.ts';
import { edits } from './edits.ts';
import { form } from './form.ts';
import { gateways } from './gateways.ts';
import { keys } from './keys.ts';
import { kubeconfig } from './kubeconfig.ts';
import { leaseList } from './lease-list.ts';
import { matrix } from './matrix.ts';
import { permissions } from './permissions.ts';
import { preferences } from './preferences.ts';
import { secrets } from './secrets.ts';
import { settings } from './settings.ts';
import { token } from './token.ts';
import { watch } from './watch.ts';

/** The rest, which comes with the pages that need it. */
export const late = {
  access,
  account,
  approvals,
  ask,
  audit,
  clusters,
  edits,
  form,
  gateways,
  keys,
  kubeconfig,
  leaseList,
  matrix,
  permissions,
  preferences,
  secrets,
  settings,
  token,
  watch,
};
