import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import type { ExplainRequest, MembershipRole, WhoCanRequest } from '../api/schema.ts';

const LIMIT = 100;

export const usersQuery = infiniteQueryOptions({
  queryKey: ['users'],
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: LIMIT, ...(pageParam === '' ? {} : { cursor: pageParam }) };
    return body(api.GET('/api/v1/users', { params: { query }, signal }));
  },
  initialPageParam: '',
  getNextPageParam: page => page.nextCursor ?? undefined,
});

export const identitiesQuery = queryOptions({
  queryKey: ['identities'],
  queryFn: async ({ signal }) =>
    body(api.GET('/api/v1/identities', { params: { query: { limit: LIMIT } }, signal })),
});

export const identityQuery = (identityId: string) =>
  queryOptions({
    queryKey: ['identities', identityId],
    queryFn: async ({ signal }) => {
      const params = { path: { identityId } };
      return (await body(api.GET('/api/v1/identities/{identityId}', { params, signal }))).identity;
    },
  });

const SIGN_INS = ['universal', 'oidc', 'kubernetes'].map(way => `login-identity-${way}-auth`).join(',');

/** The newest sign-ins of a machine, as the audit log has them; for whoever may read that. */
export const signInsQuery = (identityId: string) =>
  queryOptions({
    queryKey: ['identities', identityId, 'sign-ins'],
    queryFn: async ({ signal }) => {
      const query = { actor: identityId, kind: SIGN_INS, limit: LIMIT };
      return (await body(api.GET('/api/v1/audit-events', { params: { query }, signal }))).events;
    },
    retry: false,
  });

export const clientSecretsQuery = (identityId: string) =>
  queryOptions({
    queryKey: ['identities', identityId, 'client-secrets'],
    queryFn: async ({ signal }) => {
      const params = { path: { identityId } };
      const base = '/api/v1/auth/universal-auth/identities/{identityId}';
      const [{ identityUniversalAuth }, { clientSecretData }] = await Promise.all([
        body(api.GET(base, { params, signal })),
        body(api.GET(`${base}/client-secrets`, { params, signal })),
      ]);
      return { clientId: identityUniversalAuth.clientId, secrets: clientSecretData };
    },
    retry: false,
  });

export const groupsQuery = infiniteQueryOptions({
  queryKey: ['groups'],
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: LIMIT, ...(pageParam === '' ? {} : { cursor: pageParam }) };
    return body(api.GET('/api/v1/groups', { params: { query }, signal }));
  },
  initialPageParam: '',
  getNextPageParam: page => page.nextCursor ?? undefined,
});

export const groupMembersQuery = (groupId: string) =>
  infiniteQueryOptions({
    queryKey: ['groups', groupId, 'members'],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: LIMIT, ...(pageParam === '' ? {} : { cursor: pageParam }) };
      return body(
        api.GET('/api/v1/groups/{groupId}/members', { params: { path: { groupId }, query }, signal }),
      );
    },
    initialPageParam: '',
    getNextPageParam: page => page.nextCursor ?? undefined,
  });

export const rolesQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['roles', projectId],
    queryFn: async ({ signal }) => {
      const params = { path: { projectId } };
      return (await body(api.GET('/api/v1/projects/{projectId}/roles', { params, signal }))).roles;
    },
  });

export const MEMBER_KINDS = ['users', 'identities', 'groups'] as const;
export type MemberKind = (typeof MEMBER_KINDS)[number];

/** Somebody, or a group, with what they are in a project. */
export interface Member {
  kind: MemberKind;
  id: string;
  name: string;
  roles: MembershipRole[];
}

export const membersQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['members', projectId],
    queryFn: async ({ signal }): Promise<Member[]> => {
      const params = { path: { projectId }, query: { limit: LIMIT } };
      const base = '/api/v1/projects/{projectId}/memberships';
      const [users, identities, groups] = await Promise.all([
        body(api.GET(`${base}/users`, { params, signal })),
        body(api.GET(`${base}/identities`, { params, signal })),
        body(api.GET(`${base}/groups`, { params, signal })),
      ]);
      return [
        ...users.userMemberships.map(({ user, roles }) => ({
          kind: 'users' as const,
          id: user.id,
          name: user.email,
          roles,
        })),
        ...identities.identityMemberships.map(({ identity, roles }) => ({
          kind: 'identities' as const,
          id: identity.id,
          name: identity.name,
          roles,
        })),
        ...groups.groupMemberships.map(({ group, roles }) => ({
          kind: 'groups' as const,
          id: group.id,
          name: group.name,
          roles,
        })),
      ];
    },
  });

export const whoCanQuery = (asked: WhoCanRequest) =>
  queryOptions({
    queryKey: ['who-can', asked],
    queryFn: ({ signal }) =>
      body(api.POST('/api/v1/access/who-can', { body: { limit: LIMIT, ...asked }, signal })),
  });

export const explainQuery = (asked: ExplainRequest) =>
  queryOptions({
    queryKey: ['explain', asked],
    queryFn: ({ signal }) => body(api.POST('/api/v1/access/explain', { body: asked, signal })),
  });

const KINDS: Record<string, string> = { user: 'users', identity: 'identities' };

/** Where somebody's place in a group is; `type` is theirs, or as addresses have it. */
export function groupMemberPath(groupId: string, type: string, memberId: string) {
  return {
    path: '/api/v1/groups/{groupId}/members/{memberType}/{memberId}',
    params: { path: { groupId, memberType: KINDS[type] ?? type, memberId } },
  } as const;
}
