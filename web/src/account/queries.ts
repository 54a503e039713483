import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async ({ signal }) => (await body(api.GET('/api/v1/auth/sessions', { signal }))).sessions,
});

export const passkeysQuery = queryOptions({
  queryKey: ['passkeys'],
  queryFn: async ({ signal }) => (await body(api.GET('/api/v1/users/me/passkeys', { signal }))).passkeys,
});

/** The identity providers that vouch for oneself. */
export const ssoLinksQuery = queryOptions({
  queryKey: ['sso-links'],
  queryFn: async ({ signal }) => (await body(api.GET('/api/v1/users/me/sso-links', { signal }))).links,
});
