import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Panel.tsx';
import { ReachPill } from '../ReachPill.tsx';
import type { Draft } from './draft.ts';
import classes from './SecretForm.module.css';

/** What the form says, in a few sentences, while it is filled in. */
export function Summary({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const unnamed = t('form.unnamed');
  const words = {
    account: draft.serviceAccountName || unnamed,
    role: draft.role || unnamed,
    namespace: draft.namespace || unnamed,
    usual: draft.defaultTTL || unnamed,
    most: draft.maxTTL || t('secrets.serversLimit'),
  };
  const isTemporary = draft.credentialType === 'dynamic';
  return (
    <Panel title={t('form.inPlainWords')}>
      <div className={classes.summary}>
        <p>{t(isTemporary ? 'form.summaryDynamic' : 'form.summaryStatic', words)}</p>
        <ReachPill {...draft} />
        <p>{t('form.summaryTtl', words)}</p>
        <p>{t(endingWords())}</p>
      </div>
    </Panel>
  );

  function endingWords() {
    if (isTemporary || draft.revocable === 'yes') return 'secrets.ending.revoked';
    return draft.revocable === 'no' ? 'secrets.ending.lives' : 'form.endingDepends';
  }
}
