import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { everyPage } from '../api/every-page.ts';

/** No change tells yet that a gateway came or went: one on the page is asked about this often, in milliseconds. */
const PAUSE = 2000;
/** A list of them, of which most stay as they are. */
const LIST_PAUSE = 5000;
const PAGE = 50;

const page = (cursor: string | undefined, limit: number, signal: AbortSignal) => {
  const query = { limit, ...(cursor === undefined ? {} : { cursor }) };
  return body(api.GET('/api/v1/gateways', { params: { query }, signal }));
};

/** All of them, to choose one from. */
export const gatewaysQuery = queryOptions({
  queryKey: ['gateways', 'all'],
  queryFn: async ({ signal }) => {
    const pages = await everyPage(cursor => page(cursor, 100, signal));
    return pages.flatMap(({ gateways }) => gateways);
  },
});

/** The same, kept up to date. */
export const watchedGatewaysQuery = { ...gatewaysQuery, refetchInterval: LIST_PAUSE };

/** The same, a page at a time and kept up to date. */
export const gatewayPagesQuery = infiniteQueryOptions({
  queryKey: ['gateways', 'pages'],
  queryFn: ({ pageParam, signal }) => page(pageParam === '' ? undefined : pageParam, PAGE, signal),
  initialPageParam: '',
  getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  refetchInterval: LIST_PAUSE,
});

/** One with its processes and open codes, kept up to date. */
export const gatewayQuery = (gatewayId: string) =>
  queryOptions({
    queryKey: ['gateways', gatewayId],
    queryFn: ({ signal }) => {
      const params = { path: { gatewayId } };
      return body(api.GET('/api/v1/gateways/{gatewayId}', { params, signal }));
    },
    refetchInterval: PAUSE,
  });

/** What leads through a gateway, and the pools that it is in. */
export const dependantsQuery = (gatewayId: string) =>
  queryOptions({
    queryKey: ['gateways', gatewayId, 'dependants'],
    queryFn: ({ signal }) => {
      const params = { path: { gatewayId } };
      return body(api.GET('/api/v2/gateways/{gatewayId}/resources', { params, signal }));
    },
    refetchInterval: LIST_PAUSE,
  });

/** Processes that wanted to be this gateway and were refused since then, newest first. */
export const refusalsQuery = (gatewayId: string, since: string) =>
  queryOptions({
    queryKey: ['gateways', gatewayId, 'refusals', since],
    queryFn: async ({ signal }) => {
      const query = { gatewayId, kind: 'refuse-gateway-enrolment', from: since, limit: 50 };
      const { events } = await body(api.GET('/api/v1/audit-events', { params: { query }, signal }));
      return events.map(({ id, metadata }) => ({ id, why: (metadata as { why?: string }).why ?? '' }));
    },
    refetchInterval: ({ state }) => (state.error === null ? PAUSE : false),
    retry: false,
  });
