import { useTranslation } from 'react-i18next';
import type { EnvironmentSummary } from '../api/schema.ts';
import { ButtonLink } from '../app/links.tsx';
import { ActionButton } from '../ui/ActionButton.tsx';

/** Leads to the form, in the first of the environments that are shown; there another one can be chosen. */
export function AddSecretButton(props: {
  project: string;
  environments: EnvironmentSummary[];
  path: string;
}) {
  const { t } = useTranslation();
  const { project, path } = props;
  const environment = props.environments[0]?.slug;
  if (environment === undefined) {
    return <ActionButton reason={t('overview.noEnvironment')}>{t('secrets.add')}</ActionButton>;
  }
  return (
    <ButtonLink
      to="/p/$project/e/$environment/new"
      params={{ project, environment }}
      search={path === '/' ? {} : { path }}
      data-key="n"
    >
      {t('secrets.add')}
    </ButtonLink>
  );
}
