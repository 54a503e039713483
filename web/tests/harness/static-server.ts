import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

/** What the server will send with the dashboard: files of its own, and nothing inline. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The built dashboard at an address of its own, which is known before the server is that stands behind it. */
export interface Dashboard {
  url: string;
  passTo: (api: URL) => void;
  stop: () => void;
}

/** Serves the built dashboard and passes `/api` on, as the server will do by itself once it holds the files. */
export async function serveDashboard(folder: string): Promise<Dashboard> {
  let behind: URL | undefined;
  const server = createServer((request, response) => {
    if (behind !== undefined && request.url?.startsWith('/api')) passOn(behind, request, response);
    else void sendFile(folder, request, response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    passTo: api => {
      behind = api;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function passOn(api: URL, request: IncomingMessage, response: ServerResponse): void {
  const onward = ask(
    {
      host: api.hostname,
      port: api.port,
      method: request.method,
      path: request.url,
      headers: request.headers,
    },
    answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

async function sendFile(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
  const wanted = join(folder, path);
  const isFile = await stat(wanted).then(
    found => found.isFile(),
    () => false,
  );
  const file = isFile ? wanted : join(folder, 'index.html');
  response.writeHead(200, {
    'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
  });
  createReadStream(file).pipe(response);
}
