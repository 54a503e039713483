import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';

/** The identity providers that a sign-in page offers. */
export const providersQuery = queryOptions({
  queryKey: ['sign-in-providers'],
  queryFn: async ({ signal }) => (await body(api.GET('/api/v1/auth/sso', { signal }))).providers,
  staleTime: 60_000,
});

/** Where a sign-in by one of them begins; it ends at `target`, a page of ours. */
export function ssoAddress(provider: string, target: string): string {
  return `/api/v1/auth/sso/${encodeURIComponent(provider)}/start?${new URLSearchParams({ returnPath: target })}`;
}
