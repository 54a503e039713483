import { useTranslation } from 'react-i18next';
import { StatusPill } from '../ui/StatusPill.tsx';

/** As the server tells it: a ClusterRole is bound everywhere unless it is said to be bound in a namespace. */
interface Reach {
  credentialType?: string | null | undefined;
  roleType?: string | null | undefined;
  bindingScope?: string | null | undefined;
}

/** Written out wherever a token reaches every namespace, and nothing elsewhere. */
export function ReachPill({ credentialType, roleType, bindingScope }: Reach) {
  const { t } = useTranslation();
  const isEverywhere =
    credentialType === 'dynamic' && roleType === 'cluster-role' && bindingScope !== 'namespace';
  return isEverywhere ? <StatusPill tone="bad" label={t('secrets.wholeCluster')} /> : null;
}
