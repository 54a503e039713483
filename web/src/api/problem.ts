import type { FieldIssue, Problem } from './schema.ts';

/** An answer that is no success, or none at all. `code` is the server's stable word, or `unreachable`. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly issues: FieldIssue[];
  readonly details: Record<string, unknown>;
  /** Seconds to wait, where the server names them. */
  readonly retryAfter: number | null;

  constructor(status: number, problem: Partial<Problem>, retryAfter: number | null = null) {
    const issues = Array.isArray(problem.message) ? problem.message : [];
    const sentence = Array.isArray(problem.message)
      ? issues.map(issue => issue.message).join('; ')
      : problem.message;
    super(sentence ?? 'no answer');
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code ?? 'unreachable';
    this.requestId = problem.reqId ?? null;
    this.issues = issues;
    this.details = isRecord(problem.details) ? problem.details : {};
    this.retryAfter = retryAfter;
  }

  get isSignedOut(): boolean {
    return this.status === 401 && this.code !== 'credentials_refused' && this.code !== 'locked_out';
  }

  get isForbidden(): boolean {
    return this.status === 403 && this.code === 'permission_denied';
  }

  get isNotFound(): boolean {
    return this.status === 404;
  }

  get isUnreachable(): boolean {
    return this.code === 'unreachable';
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whatever was thrown, as an `ApiError`. */
export function asApiError(thrown: unknown): ApiError {
  return thrown instanceof ApiError ? thrown : new ApiError(0, { message: String(thrown) });
}

/** Faults by the field they are about, named by the last part of its path. */
export function faultsByField(error: ApiError): Record<string, string> {
  const single = error.details as Partial<FieldIssue>;
  const issues =
    error.issues.length === 0 && Array.isArray(single.path) ? [single as FieldIssue] : error.issues;
  return Object.fromEntries(issues.map(issue => [issue.path.at(-1) ?? '', issue.message]));
}
