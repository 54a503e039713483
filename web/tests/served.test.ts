import { expect, inject, test } from 'vitest';

/** As a browser asks when somebody types an address. */
const AS_A_PAGE = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

const ask = (path: string, headers: Record<string, string> = {}) =>
  fetch(new URL(path, inject('api')), { headers });

async function script(): Promise<string> {
  const page = await (await ask('/', AS_A_PAGE)).text();
  const found = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1];
  if (found === undefined) throw new Error(`the page names no script: ${page}`);
  return found;
}

test('every address that is nothing else is the page, which is asked for each time and runs only our own files', async () => {
  for (const path of ['/', '/p/web-shop/e/dev', '/leases?status=active']) {
    const page = await ask(path, AS_A_PAGE);
    expect([path, page.status, page.headers.get('content-type')]).toEqual([
      path,
      200,
      'text/html; charset=utf-8',
    ]);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
    const known = await ask(path, { ...AS_A_PAGE, 'if-none-match': page.headers.get('etag') ?? '' });
    expect(known.status).toBe(304);
  }
});

test('files are packed as the browser reads them, and kept for ever', async () => {
  const path = await script();
  for (const [reads, packed] of [
    ['gzip, br', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ] as const) {
    const answer = await ask(path, { 'accept-encoding': reads });
    expect([reads, answer.status, answer.headers.get('content-encoding')]).toEqual([reads, 200, packed]);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect((await answer.text()).length).toBeGreaterThan(1000);
  }
});

test('a program that mistypes an address, and whoever asks for what is not there, is told so', async () => {
  const told = [
    await ask('/api/v1/nothing', AS_A_PAGE),
    await ask('/nothing', { accept: 'application/json' }),
    await ask('/assets/gone-0.js'),
    await fetch(new URL('/leases', inject('api')), { method: 'POST', headers: AS_A_PAGE }),
  ];
  for (const answer of told) {
    expect(answer.status).toBe(404);
    expect((await answer.json()).code).toBe('unknown_route');
  }
});
