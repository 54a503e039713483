import { Button, Group, MultiSelect, Select, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { isSame } from '../edits/meet.ts';
import { OthersNotice } from '../edits/OthersNotice.tsx';
import { useEdit } from '../edits/use-edit.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { type Fate, LeasesChoice } from './LeasesChoice.tsx';
import { chosen, draftOf, labelled, NEW_MEMBER, rolesInWords } from './member-draft.ts';
import { addMember, changeRoles, type MemberRef, removeMember } from './members.ts';
import { MEMBER_KINDS, type Member, type MemberKind, membersQuery, rolesQuery } from './queries.ts';
import { useCandidates } from './use-candidates.ts';

export type MemberAct = { kind: 'add' } | { kind: 'change' | 'remove'; member: Member };

interface Props {
  act: MemberAct;
  project: Project;
  members: Member[];
  onClose: () => void;
}

/** Takes somebody into a project, gives them other roles there, or takes them out. */
export function MemberDialog({ act, project, members, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const known = act.kind === 'add' ? null : (members.find(({ id }) => id === act.member.id) ?? act.member);
  const edit = useEdit(known === null ? NEW_MEMBER : draftOf(known));
  const wanted = edit.draft.roles;
  const roles = useQuery(rolesQuery(project.id));
  const [kind, setKind] = useState<MemberKind>('users');
  const [id, setId] = useState<string | null>(null);
  const [fate, setFate] = useState<Fate>('end');
  const candidates = useCandidates(kind).filter(({ value }) => !members.some(one => one.id === value));
  const save = useAct(
    () => {
      if (known === null) return addAll();
      const ref = { projectId: project.id, kind: known.kind, id: known.id };
      return act.kind === 'remove' ? removeMember(ref, fate) : change(ref, known);
    },
    ['members', project.id],
    onClose,
  );

  async function change(ref: MemberRef, known: Member) {
    const all = await client.fetchQuery({ ...membersQuery(project.id), staleTime: 0 });
    const fresh = draftOf(all.find(({ id }) => id === known.id) ?? known);
    const settled = edit.settle(fresh);
    if (!isSame(settled, fresh)) await changeRoles(ref, settled.roles, fate);
  }

  async function addAll() {
    const ref = { projectId: project.id, kind, id: id ?? '' };
    const [first, ...others] = wanted;
    await addMember(ref, first?.role ?? 'member');
    if (others.length > 0) await changeRoles(ref, wanted, fate);
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate();
  }

  return (
    <Dialog title={t(`access.${act.kind}Title`)} onClose={onClose} isBusy={save.isPending}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {known !== null && (
            <Text size="sm">
              {act.kind === 'remove' && t('access.removeWhy')} <strong translate="no">{known.name}</strong>
            </Text>
          )}
          {known === null && (
            <>
              <Select
                label={t('access.kind')}
                data={MEMBER_KINDS.map(value => ({ value, label: t(`access.kinds.${value}`) }))}
                value={kind}
                onChange={value => {
                  setKind(MEMBER_KINDS.find(one => one === value) ?? kind);
                  setId(null);
                }}
                allowDeselect={false}
              />
              <Select
                label={t('leases.who')}
                data={candidates}
                value={id}
                onChange={setId}
                searchable
                required
              />
            </>
          )}
          {act.kind !== 'remove' && (
            <MultiSelect
              label={t('access.tabs.roles')}
              data={(roles.data ?? []).map(({ slug, name }) => ({
                value: slug,
                label: labelled(name, wanted.find(({ role }) => role === slug)?.temporaryRange),
              }))}
              value={wanted.map(({ role }) => role)}
              onChange={slugs => edit.change({ roles: chosen(slugs, edit.base.roles) })}
              required
            />
          )}
          {act.kind !== 'add' && <LeasesChoice value={fate} onChange={setFate} />}
          {act.kind === 'change' && (
            <OthersNotice edit={edit} nameOf={() => t('access.tabs.roles')} say={rolesInWords} />
          )}
          <Failure of={save.error} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose} disabled={save.isPending}>
              {t('ui.cancel')}
            </Button>
            <Button
              type="submit"
              loading={save.isPending}
              {...(act.kind === 'remove' ? { color: 'red' } : {})}
            >
              {t(act.kind === 'add' ? 'access.addMember' : `access.${act.kind}`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
