import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import type { ApprovalRequestBody } from '../api/schema.ts';

/** Whose requests: a project's, or with null the organization's own. */
export type Scope = { projectId: string } | null;

export const requestsQuery = (scope: Scope) =>
  infiniteQueryOptions({
    queryKey: ['approvals', scope?.projectId ?? '*'],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) };
      if (scope === null)
        return body(api.GET('/api/v1/organization/approval-requests', { params: { query }, signal }));
      const params = { path: scope, query };
      return body(api.GET('/api/v1/projects/{projectId}/approval-requests', { params, signal }));
    },
    initialPageParam: '',
    getNextPageParam: page => page.nextCursor ?? undefined,
  });

export type Decision =
  | { kind: 'approve'; comment: string }
  | { kind: 'deny'; reason: string }
  | { kind: 'cancel' };

/** Agrees, refuses, or takes back what one asked for oneself. */
export function decide(scope: Scope, requestId: string, decision: Decision): Promise<ApprovalRequestBody> {
  if (scope === null) return decideForOrganization(requestId, decision);
  const params = { path: { ...scope, requestId } };
  const base = '/api/v1/projects/{projectId}/approval-requests/{requestId}';
  switch (decision.kind) {
    case 'approve':
      return body(api.POST(`${base}/approve`, { params, body: comment(decision.comment) }));
    case 'deny':
      return body(api.POST(`${base}/deny`, { params, body: { reason: decision.reason } }));
    case 'cancel':
      return body(api.POST(`${base}/cancel`, { params }));
  }
}

function decideForOrganization(requestId: string, decision: Decision): Promise<ApprovalRequestBody> {
  const params = { path: { requestId } };
  const base = '/api/v1/organization/approval-requests/{requestId}';
  switch (decision.kind) {
    case 'approve':
      return body(api.POST(`${base}/approve`, { params, body: comment(decision.comment) }));
    case 'deny':
      return body(api.POST(`${base}/deny`, { params, body: { reason: decision.reason } }));
    case 'cancel':
      return body(api.POST(`${base}/cancel`, { params }));
  }
}

function comment(text: string) {
  return text.trim() === '' ? {} : { comment: text.trim() };
}
