import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { askAhead, forgetAhead, takeAhead, wanted } from './ahead.ts';

const ask = (path: string, method = 'GET') => takeAhead(new Request(`http://localhost${path}`, { method }));

beforeEach(() => {
  vi.stubGlobal('fetch', (path: string) => Promise.resolve(new Response(path)));
});
afterEach(() => {
  forgetAhead();
  vi.unstubAllGlobals();
});

test('what is asked for depends on the page', () => {
  expect(wanted('/login')).toEqual([]);
  expect(wanted('/')).toEqual(['/api/v1/users/me', '/api/v1/projects']);
  expect(wanted('/audit')).toEqual(['/api/v1/users/me']);
  expect(wanted('/p/web-shop/overview')).toEqual(['/api/v1/users/me', '/api/v1/projects/slug/web-shop']);
  expect(wanted('/p/web-shop/e/dev/s/bot')).toEqual(['/api/v1/users/me', '/api/v1/projects/slug/web-shop']);
  expect(wanted('/p/web-shop/e/dev/s/bot/edit')).toEqual(['/api/v1/users/me']);
  expect(wanted('/p/%2e%2e/overview')).toEqual(['/api/v1/users/me']);
});

test('an answer is taken once, and only by the same question', async () => {
  askAhead('/');
  expect(ask('/api/v1/projects?limit=1')).toBeUndefined();
  expect(ask('/api/v1/status')).toBeUndefined();
  expect(await (await ask('/api/v1/projects'))?.text()).toBe('/api/v1/projects');
  expect(ask('/api/v1/projects')).toBeUndefined();
});

test('a change is never answered by what was asked before it, and makes that old', () => {
  askAhead('/');
  expect(ask('/api/v1/projects', 'POST')).toBeUndefined();
  expect(ask('/api/v1/projects')).toBeUndefined();
});

test('what nobody took is forgotten when the page is there, and keeps no connection busy', async () => {
  const cancel = vi.fn();
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(new ReadableStream({ cancel }))));
  askAhead('/audit');
  forgetAhead();
  expect(ask('/api/v1/users/me')).toBeUndefined();
  await vi.waitFor(() => expect(cancel).toHaveBeenCalledOnce(), { timeout: 20_000 });
});

test('a failure reaches whoever takes it', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no net')));
  askAhead('/audit');
  await expect(ask('/api/v1/users/me')).rejects.toThrow('no net');
});
