import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Role } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { useEdit } from '../edits/use-edit.ts';
import { rolesQuery } from './queries.ts';
import { changesOf, draftOf, newLine, ruleOf } from './role-draft.ts';
import { slugOf } from './slug.ts';

const PATH = '/api/v1/projects/{projectId}/roles';

/** A role that somebody changes, or with null a new one, and what saves it. */
export function useRoleEdit(projectId: string, role: Role | null, onSaved: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = rolesQuery(projectId);
  const { data: roles } = useQuery(query);
  const [empty] = useState(() => ({ name: '', lines: [newLine()] }));
  const known = roles?.find(({ id }) => id === role?.id) ?? role;
  const edit = useEdit(known === null ? empty : draftOf(known));

  async function make() {
    const { name, lines } = edit.draft;
    const sent = { name: name.trim(), permissions: lines.map(ruleOf), slug: slugOf(name) };
    await body(api.POST(PATH, { params: { path: { projectId } }, body: sent }));
  }

  async function change(opened: Role) {
    const all = await client.fetchQuery({ ...query, staleTime: 0 });
    const fresh = all.find(({ id }) => id === opened.id) ?? opened;
    const sent = changesOf(fresh, edit.settle(draftOf(fresh)), t('access.tooMuch'));
    if (Object.keys(sent).length === 0) return;
    const params = { path: { projectId, roleId: opened.id } };
    await body(api.PATCH(`${PATH}/{roleId}`, { params, body: sent }));
  }

  const save = useAct(() => (role === null ? make() : change(role)), ['roles', projectId], onSaved);
  return { edit, save };
}
