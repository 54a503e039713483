import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { EnvironmentPolicy } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { policyQuery } from '../dynamic-secrets/queries.ts';
import { useEdit } from '../edits/use-edit.ts';
import { tell } from '../ui/tell.ts';
import { changesOf, draftOf, tidied } from './policy-draft.ts';

/** The policy of an environment that somebody changes, and what saves it. */
export function usePolicyEdit(projectId: string, policy: EnvironmentPolicy) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = policyQuery(projectId, policy.environmentId);
  const edit = useEdit(draftOf(policy), tidied);
  const save = useAct(
    async () => {
      const fresh = draftOf(await client.fetchQuery({ ...query, staleTime: 0 }));
      const wanted = changesOf(fresh, edit.settle(fresh));
      if (Object.keys(wanted).length === 0) return;
      const params = { path: { projectId, environmentId: policy.environmentId } };
      const path = '/api/v1/projects/{projectId}/environments/{environmentId}/policy';
      await body(api.PATCH(path, { params, body: wanted }));
    },
    ['policies', projectId],
    () => tell({ color: 'green', message: t('settings.saved') }),
  );
  return { edit, save };
}
