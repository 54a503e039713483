import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { everyItem, everyPage } from '../api/every-page.ts';
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

/** All of them, to find one by name. */
export const everyUserQuery = queryOptions({
  queryKey: ['users', 'all'],
  queryFn: async ({ signal }) => {
    const pages = await everyPage(cursor => {
      const query = { limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) };
      return body(api.GET('/api/v1/users', { params: { query }, signal }));
    });
    return pages.flatMap(page => page.users);
  },
});

export const identitiesQuery = queryOptions({
  queryKey: ['identities'],
  queryFn: ({ signal }) =>
    everyItem(async offset => {
      const query = { limit: LIMIT, offset };
      const page = await body(api.GET('/api/v1/identities', { params: { query }, signal }));
      return { items: page.identities, totalCount: page.totalCount };
    }),
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

/** All of them, to find one by name. */
export const everyGroupQuery = queryOptions({
  queryKey: ['groups', 'all'],
  queryFn: async ({ signal }) => {
    const pages = await everyPage(cursor => {
      const query = { limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) };
      return body(api.GET('/api/v1/groups', { params: { query }, signal }));
    });
    return pages.flatMap(page => page.groups);
  },
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
    queryFn: async ({ signal }): Promise<Member[]> =>
      (await Promise.all(MEMBER_KINDS.map(kind => everyMember(kind, projectId, signal)))).flat(),
  });

function everyMember(kind: MemberKind, projectId: string, signal: AbortSignal): Promise<Member[]> {
  return everyItem<Member>(async offset => {
    const params = { path: { projectId }, query: { limit: LIMIT, offset } };
    const base = '/api/v1/projects/{projectId}/memberships';
    switch (kind) {
      case 'users': {
        const page = await body(api.GET(`${base}/users`, { params, signal }));
        const items = page.userMemberships.map(({ user: { id, email }, roles }) => ({
          kind,
          id,
          name: email,
          roles,
        }));
        return { items, totalCount: page.totalCount };
      }
      case 'identities': {
        const page = await body(api.GET(`${base}/identities`, { params, signal }));
        const items = page.identityMemberships.map(({ identity: { id, name }, roles }) => ({
          kind,
          id,
          name,
          roles,
        }));
        return { items, totalCount: page.totalCount };
      }
      case 'groups': {
        const page = await body(api.GET(`${base}/groups`, { params, signal }));
        const items = page.groupMemberships.map(({ group: { id, name }, roles }) => ({
          kind,
          id,
          name,
          roles,
        }));
        return { items, totalCount: page.totalCount };
      }
    }
  });
}

export const whoCanQuery = (asked: WhoCanRequest) =>
  queryOptions({
    queryKey: ['who-can', asked],
    queryFn: async ({ signal }) => {
      const pages = await everyPage(cursor => {
        const sent = { limit: LIMIT, ...asked, ...(cursor === undefined ? {} : { cursor }) };
        return body(api.POST('/api/v1/access/who-can', { body: sent, signal }));
      });
      return pages.flatMap(page => page.holders);
    },
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
