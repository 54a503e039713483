import { Select } from '@mantine/core';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { projectQuery } from '../projects/queries.ts';
import { Notice } from '../ui/Notice.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { type Draft, EMPTY, inputsOf } from './form/draft.ts';
import { SecretForm } from './form/SecretForm.tsx';
import { useRefusal } from './use-right.ts';

const route = getRouteApi('/shell/p/$project/e/$environment/new');

export function AddSecretPage() {
  const { t } = useTranslation();
  const { project: slug, environment } = route.useParams();
  const { path = '/' } = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const { data: project } = useSuspenseQuery(projectQuery(slug));
  const place = { projectSlug: slug, environmentSlug: environment, path };
  const refusal = useRefusal(place, 'dynamic-secrets', 'create-root-credential');
  const search = path === '/' ? {} : { path };

  async function create(draft: Draft) {
    const maxTTL = draft.maxTTL.trim();
    await body(
      api.POST('/api/v1/dynamic-secrets', {
        body: {
          ...place,
          name: draft.name.trim(),
          defaultTTL: draft.defaultTTL.trim(),
          ...(maxTTL === '' ? {} : { maxTTL }),
          provider: { type: 'kubernetes', inputs: inputsOf(draft) },
        },
      }),
    );
    await client.invalidateQueries({ queryKey: ['dynamic-secrets', slug] });
    await navigate({ to: '/p/$project/overview', params: { project: slug }, search });
  }

  return (
    <>
      <PageHeader
        title={t('secrets.add')}
        trail={<span translate="no">{[project.name, path].join(' · ')}</span>}
      />
      <SecretForm
        initial={EMPTY}
        isEdit={false}
        before={
          <>
            {refusal !== null && (
              <Notice tone="warn">
                {t('form.mayNot')} <span translate="no">{refusal}</span>
              </Notice>
            )}
            <Select
              label={t('overview.environment')}
              data={project.environments.map(({ name, slug: value }) => ({ value, label: name }))}
              value={environment}
              onChange={next =>
                next !== null &&
                void navigate({
                  to: '.',
                  params: { project: slug, environment: next },
                  search,
                  replace: true,
                })
              }
              allowDeselect={false}
            />
          </>
        }
        onSubmit={create}
        onCancel={() => void navigate({ to: '/p/$project/overview', params: { project: slug }, search })}
      />
    </>
  );
}
