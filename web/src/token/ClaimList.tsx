import { useTranslation } from 'react-i18next';
import { formatAbsolute } from '../time/format.ts';
import { Fact, Facts } from '../ui/Facts.tsx';
import { readClaims } from './claims.ts';
import classes from './Token.module.css';

/** What the token says of itself. */
export function ClaimList({ token }: { token: string }) {
  const { t } = useTranslation();
  const claims = readClaims(token);
  if (claims === null) return null;
  const time = (at: string | null) =>
    at === null ? t('ui.none') : <span translate="no">{formatAbsolute(at)}</span>;
  return (
    <details className={classes.claims}>
      <summary>{t('token.claims')}</summary>
      <Facts>
        <Fact name={t('token.subject')}>
          <span className="mono" translate="no">
            {claims.subject}
          </span>
        </Fact>
        <Fact name={t('token.audiences')}>
          <span className="mono" translate="no">
            {claims.audiences.join(', ')}
          </span>
        </Fact>
        <Fact name={t('token.issuer')}>
          <span className="mono" translate="no">
            {claims.issuer}
          </span>
        </Fact>
        <Fact name={t('token.boundTo')}>
          {claims.boundTo === null ? t('ui.none') : <span translate="no">{claims.boundTo}</span>}
        </Fact>
        <Fact name={t('token.notBefore')}>{time(claims.notBefore)}</Fact>
        <Fact name={t('token.expires')}>{time(claims.expiresAt)}</Fact>
      </Facts>
    </details>
  );
}
