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
    super(sentenceOf(problem.message));
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code ?? 'unreachable';
    this.requestId = problem.reqId ?? null;
    // Refusals of one field have it in `details`, those of several in the message.
    this.issues = [problem.message, problem.details].flatMap(issuesIn);
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
  return thrown instanceof ApiError
    ? thrown
    : new ApiError(0, { code: 'unexpected', message: String(thrown) });
}

function sentenceOf(message: Problem['message'] | undefined): string {
  if (message === undefined) return 'no answer';
  return typeof message === 'string' ? message : message.map(issue => issue.message).join('; ');
}

function issuesIn(list: unknown): FieldIssue[] {
  const isIssue = (item: unknown): item is FieldIssue => isRecord(item) && Array.isArray(item.path);
  return Array.isArray(list) ? list.filter(isIssue) : [];
}

/** Faults by the field they are about, named by the last part of its path. */
export function faultsByField(error: ApiError): Record<string, string> {
  return Object.fromEntries(error.issues.map(issue => [issue.path.at(-1) ?? '', issue.message]));
}
