import { Fieldset, Text } from '@mantine/core';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AsCode } from '../as-code/AsCode.tsx';
import { projectQuery } from '../projects/queries.ts';
import { meQuery } from '../session/queries.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { commandsOf } from './form/as-code.ts';
import { draftOf, EMPTY } from './form/draft.ts';
import { EnvironmentField } from './form/EnvironmentField.tsx';
import { Outcomes } from './form/Outcomes.tsx';
import { OverrideFields } from './form/OverrideFields.tsx';
import { SecretForm } from './form/SecretForm.tsx';
import { useCreate } from './form/use-create.ts';
import { useKeptDraft } from './form/use-kept-draft.ts';
import { secretQuery } from './queries.ts';

const route = getRouteApi('/shell/p/$project/e/$environment/new');

export function AddSecretPage() {
  const { t } = useTranslation();
  const { project: slug, environment } = route.useParams();
  const { path = '/', also, from, of = environment } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: project } = useSuspenseQuery(projectQuery(slug));
  const { data: me } = useSuspenseQuery(meQuery);
  const source = useQuery({
    ...secretQuery({ projectSlug: slug, environmentSlug: of, path }, from ?? ''),
    enabled: from !== undefined,
  }).data;
  const named = [environment, ...(also?.split(',') ?? [])];
  const environments = project.environments.filter(one => named.includes(one.slug));
  const places = named
    .filter(one => environments.some(known => known.slug === one))
    .map(environmentSlug => ({ projectSlug: slug, environmentSlug, path }));
  const { create, outcomes } = useCreate(places);
  const copied = from === undefined ? [] : [of, from];
  const typed = useKeptDraft(initial(), [me.user.id, slug, environment, ...copied].join('/'));
  const search = path === '/' ? {} : { path };
  const leave = () => navigate({ to: '/p/$project/overview', params: { project: slug }, search });

  function choose([first, ...others]: [string, ...string[]]) {
    void navigate({
      params: { project: slug, environment: first },
      search: ({ also: _, ...rest }) => (others.length === 0 ? rest : { ...rest, also: others.join(',') }),
      replace: true,
      resetScroll: false,
    });
  }

  /** A copy beside what it is a copy of needs another name. */
  function initial() {
    if (source === undefined) return EMPTY;
    const isBeside = named.includes(of);
    return { ...draftOf(source), name: isBeside ? `${source.name}-copy` : source.name };
  }

  return (
    <>
      <PageHeader
        title={t('secrets.add')}
        trail={<span translate="no">{[project.name, path].join(' · ')}</span>}
      />
      <SecretForm
        typed={typed}
        kept={typed}
        isEdit={false}
        place={places[0]}
        environments={places.length > 1 ? places.map(place => place.environmentSlug) : []}
        before={
          <>
            {source !== undefined && <Text size="sm">{t('form.copyOf', { name: source.name })}</Text>}
            <EnvironmentField all={project.environments} places={places} onChoose={choose} />
          </>
        }
        after={fields => (
          <>
            {places.length > 1 && (
              <Fieldset legend={t('form.overrides')}>
                <OverrideFields {...fields} environments={environments} />
              </Fieldset>
            )}
            {outcomes.size > 0 && <Outcomes environments={environments} outcomes={outcomes} />}
            <AsCode {...commandsOf(fields.draft, places, location.origin)} />
          </>
        )}
        onSubmit={async draft => {
          await create(draft);
          await leave();
        }}
        onCancel={() => void leave()}
      />
    </>
  );
}
