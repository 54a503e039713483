import type { RoleRequest } from '../api/schema.ts';
import type { Member } from './queries.ts';

/** The roles of somebody in a project, as somebody else changes them and as they are sent. */
export interface MemberDraft {
  roles: RoleRequest[];
}

export const NEW_MEMBER: MemberDraft = { roles: [{ role: 'member' }] };

/** The draft that leaves everything as it is: what was given for a time stays so, and from the same time on. */
export function draftOf({ roles }: Pick<Member, 'roles'>): MemberDraft {
  return {
    roles: roles.map(one => ({
      role: one.customRoleSlug ?? one.role,
      ...(one.isTemporary
        ? {
            isTemporary: true,
            temporaryMode: one.temporaryMode ?? null,
            temporaryRange: one.temporaryRange ?? null,
            temporaryAccessStartTime: one.temporaryAccessStartTime ?? null,
          }
        : {}),
    })),
  };
}

/** These roles: as they were given where they are `known`, and otherwise for ever. */
export function chosen(slugs: string[], known: RoleRequest[]): RoleRequest[] {
  return slugs.map(slug => known.find(({ role }) => role === slug) ?? { role: slug });
}

/** Roles as they are told of; one that is given for a time with that. */
export function rolesInWords(roles: RoleRequest[]): string {
  return roles.map(({ role, temporaryRange }) => labelled(role, temporaryRange)).join(', ');
}

export const labelled = (name: string, range?: string | null) =>
  range == null ? name : `${name} (${range})`;
