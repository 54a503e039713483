import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Star } from '../favourites/Star.tsx';
import { projectQuery } from '../projects/queries.ts';
import { RevealDialog } from '../token/RevealDialog.tsx';
import { useIssued } from '../token/use-issued.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { endingOf } from './ending.ts';
import { GenerateDialog } from './GenerateDialog.tsx';
import { secretQuery } from './queries.ts';
import { ReachPill } from './ReachPill.tsx';
import { SecretTabs } from './SecretTabs.tsx';
import { useRefusal } from './use-right.ts';

const route = getRouteApi('/shell/p/$project/e/$environment/s/$name');

export function SecretPage() {
  const { t } = useTranslation();
  const params = route.useParams();
  const { path = '/', generate, ttl, namespace, reason, replaces } = route.useSearch();
  const navigate = route.useNavigate();
  const place = { projectSlug: params.project, environmentSlug: params.environment, path };
  const { data: secret } = useSuspenseQuery(secretQuery(place, params.name));
  const { data: project } = useSuspenseQuery(projectQuery(params.project));
  const environment = project.environments.find(({ slug }) => slug === params.environment);
  const refusal = useRefusal(place, 'dynamic-secrets', 'lease', params.name);
  const { issued, hand, drop, spend } = useIssued();

  const open = () => void navigate({ search: rest => ({ ...rest, generate: true }), resetScroll: false });
  const close = () =>
    void navigate({
      search: ({ generate: _, ttl: __, namespace: ___, reason: ____, replaces: _____, ...rest }) => rest,
      replace: true,
      resetScroll: false,
    });

  return (
    <>
      <PageHeader
        title={secret.name}
        isName
        trail={
          <>
            <Link
              to="/p/$project/overview"
              params={{ project: project.slug }}
              search={path === '/' ? {} : { path }}
            >
              {t('overview.title')}
            </Link>
            <span translate="no">{[project.name, environment?.name, path].join(' · ')}</span>
          </>
        }
        facts={
          <>
            <ReachPill {...secret.inputs} />
            <span>{t(`secrets.ending.${endingOf(secret)}`)}</span>
          </>
        }
        actions={
          <>
            <Star
              favourite={{
                project: project.slug,
                secret: { environment: params.environment, path, name: secret.name },
              }}
              name={secret.name}
            />
            <ActionButton reason={refusal} onClick={open} data-key="t">
              {t('secrets.generate')}
            </ActionButton>
          </>
        }
      />
      <SecretTabs secret={secret} place={place} project={project} refusal={refusal} onNew={open} />
      {generate && issued === null && (
        <GenerateDialog
          secret={secret}
          place={place}
          projectId={project.id}
          environmentId={environment?.id}
          prefilled={{ ttl, namespace, reason, replaces }}
          onClose={close}
          onIssued={handed => {
            hand(handed);
            close();
          }}
        />
      )}
      {issued !== null && <RevealDialog issued={issued} place={place} onOver={spend} onClose={drop} />}
    </>
  );
}
