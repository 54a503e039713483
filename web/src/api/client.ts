import createClient from 'openapi-fetch';
import { noteUse } from '../session/last-use.ts';
import { takeAhead } from './ahead.ts';
import { ApiError } from './problem.ts';
import { secondsUntil } from './retry-after.ts';
import type { Problem, paths } from './schema.ts';

/** The server's API. The session is a cookie that scripts cannot read; the browser sends it by itself. */
export const api = createClient<paths>({
  baseUrl: '/',
  credentials: 'same-origin',
  fetch: request => fetchOrSay(request),
});

/** A refused or broken connection becomes an error like any other. */
async function fetchOrSay(request: Request): Promise<Response> {
  try {
    const answer = await (takeAhead(request) ?? fetch(request));
    if (answer.ok) noteUse(request.url);
    return answer;
  } catch (failure) {
    if (request.signal.aborted) throw failure;
    throw new ApiError(0, { code: 'unreachable', message: 'the server did not answer' });
  }
}

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

/** The body of an answer, or the problem it tells of. */
export async function body<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok && data !== undefined) return data;
  const isProblem = typeof error === 'object' && error !== null && 'code' in error;
  const problem = isProblem
    ? (error as Problem)
    : { code: 'unexpected', message: `status ${response.status}` };
  throw new ApiError(response.status, problem, secondsUntil(response.headers.get('Retry-After')));
}
