import { api, body } from '../api/client.ts';
import type { RoleRequest } from '../api/schema.ts';
import type { MemberKind } from './queries.ts';

/** Whom it is about: somebody, or a group, in a project. */
export interface MemberRef {
  projectId: string;
  kind: MemberKind;
  id: string;
}

const BASE = '/api/v1/projects/{projectId}/memberships';

export function addMember({ projectId, kind, id }: MemberRef, role: string): Promise<unknown> {
  const sent = { role };
  switch (kind) {
    case 'users':
      return body(
        api.POST(`${BASE}/users/{userId}`, { params: { path: { projectId, userId: id } }, body: sent }),
      );
    case 'identities':
      return body(
        api.POST(`${BASE}/identities/{identityId}`, {
          params: { path: { projectId, identityId: id } },
          body: sent,
        }),
      );
    case 'groups':
      return body(
        api.POST(`${BASE}/groups/{groupId}`, { params: { path: { projectId, groupId: id } }, body: sent }),
      );
  }
}

/** Gives other roles; `leases` is what becomes of live leases if the last right to have any goes. */
export function changeRoles(
  { projectId, kind, id }: MemberRef,
  roles: RoleRequest[],
  leases: string,
): Promise<unknown> {
  const sent = { roles, leases };
  switch (kind) {
    case 'users':
      return body(
        api.PATCH(`${BASE}/users/{userId}`, { params: { path: { projectId, userId: id } }, body: sent }),
      );
    case 'identities':
      return body(
        api.PATCH(`${BASE}/identities/{identityId}`, {
          params: { path: { projectId, identityId: id } },
          body: sent,
        }),
      );
    case 'groups':
      return body(
        api.PATCH(`${BASE}/groups/{groupId}`, { params: { path: { projectId, groupId: id } }, body: sent }),
      );
  }
}

export function removeMember({ projectId, kind, id }: MemberRef, leases: string): Promise<unknown> {
  const sent = { leases };
  switch (kind) {
    case 'users':
      return body(
        api.DELETE(`${BASE}/users/{userId}`, { params: { path: { projectId, userId: id } }, body: sent }),
      );
    case 'identities':
      return body(
        api.DELETE(`${BASE}/identities/{identityId}`, {
          params: { path: { projectId, identityId: id } },
          body: sent,
        }),
      );
    case 'groups':
      return body(
        api.DELETE(`${BASE}/groups/{groupId}`, { params: { path: { projectId, groupId: id } }, body: sent }),
      );
  }
}
