import { Tabs } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Star } from '../favourites/Star.tsx';
import { projectQuery } from '../projects/queries.ts';
import type { Issued } from '../token/issue.ts';
import { RevealDialog } from '../token/RevealDialog.tsx';
import { ActionButton } from '../ui/ActionButton.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { ConfigurationTab } from './ConfigurationTab.tsx';
import { endingOf } from './ending.ts';
import { GenerateDialog } from './GenerateDialog.tsx';
import { LeasesTab } from './LeasesTab.tsx';
import { PermissionsTab } from './PermissionsTab.tsx';
import { secretQuery } from './queries.ts';
import { ReachPill } from './ReachPill.tsx';
import { TABS } from './routes.ts';
import { UseTab } from './UseTab.tsx';
import { useRefusal } from './use-right.ts';

const route = getRouteApi('/shell/p/$project/e/$environment/s/$name');

export function SecretPage() {
  const { t } = useTranslation();
  const params = route.useParams();
  const { path = '/', tab = 'leases', generate, ...prefilled } = route.useSearch();
  const navigate = route.useNavigate();
  const place = { projectSlug: params.project, environmentSlug: params.environment, path };
  const { data: secret } = useSuspenseQuery(secretQuery(place, params.name));
  const { data: project } = useSuspenseQuery(projectQuery(params.project));
  const environment = project.environments.find(({ slug }) => slug === params.environment);
  const refusal = useRefusal(place, 'dynamic-secrets', 'lease', params.name);
  const [issued, setIssued] = useState<Issued | null>(null);
  const drop = useCallback(() => setIssued(null), []);

  const open = () => void navigate({ search: rest => ({ ...rest, generate: true }), resetScroll: false });
  const close = () =>
    void navigate({
      search: ({ generate: _, ttl: __, namespace: ___, reason: ____, ...rest }) => rest,
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
      <Tabs
        value={tab}
        onChange={next => {
          const chosen = TABS.find(candidate => candidate === next);
          void navigate({
            search: ({ tab: _, ...rest }) => (chosen ? { ...rest, tab: chosen } : rest),
            resetScroll: false,
          });
        }}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="leases">{t('leases.title')}</Tabs.Tab>
          <Tabs.Tab value="configuration">{t('secrets.configuration')}</Tabs.Tab>
          <Tabs.Tab value="permissions">{t('permissions.title')}</Tabs.Tab>
          <Tabs.Tab value="use">{t('secrets.use')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="leases">
          <LeasesTab secret={secret} place={place} refusal={refusal} onNew={open} />
        </Tabs.Panel>
        <Tabs.Panel value="configuration">
          <ConfigurationTab secret={secret} place={place} />
        </Tabs.Panel>
        <Tabs.Panel value="permissions">
          <PermissionsTab secret={secret} place={place} />
        </Tabs.Panel>
        <Tabs.Panel value="use">
          <UseTab secret={secret} place={place} />
        </Tabs.Panel>
      </Tabs>
      {generate && issued === null && (
        <GenerateDialog
          secret={secret}
          place={place}
          projectId={project.id}
          environmentId={environment?.id}
          prefilled={prefilled}
          onClose={close}
          onIssued={handed => {
            setIssued(handed);
            close();
          }}
        />
      )}
      {issued !== null && <RevealDialog issued={issued} place={place} onClose={drop} />}
    </>
  );
}
