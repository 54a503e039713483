import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import classes from '../ui/Cards.module.css';

/** Where nothing is connected yet: three ways to begin. */
export function Doors() {
  const { t } = useTranslation();
  const door = (name: string, why: string) => (
    <>
      <span className={classes.name}>{name}</span>
      <span className={classes.quiet}>{why}</span>
    </>
  );
  const card = classes.card ?? '';
  return (
    <ul className={classes.cards} aria-label={t('clusters.doors')}>
      <li>
        <Link to="/clusters/new" search={{ by: 'kubeconfig' }} className={card}>
          {door(t('clusters.doorKubeconfig'), t('clusters.doorKubeconfigWhy'))}
        </Link>
      </li>
      <li>
        <Link to="/gateways" className={card}>
          {door(t('clusters.doorGateway'), t('clusters.doorGatewayWhy'))}
        </Link>
      </li>
      <li>
        <Link to="/clusters/new" className={card} data-key="n">
          {door(t('clusters.doorUrl'), t('clusters.doorUrlWhy'))}
        </Link>
      </li>
    </ul>
  );
}
