import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from './waiting.ts';

export interface RunningServer {
  /** Where programs reach it. */
  url: URL;
  /** Where people open the dashboard: a name, because passkeys know no addresses. */
  dashboard: string;
  /** Its data folder. */
  folder: string;
  stop: () => Promise<void>;
}

/** Another program may take the free port that was found before the server does. */
const ATTEMPTS = 5;

/** The real binary on a fresh embedded database; with other settings than usual, by the names of their variables. */
export async function startServer(settings: Record<string, string> = {}): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startServerAt(await freePort(), settings);
    } catch (error) {
      if (attempt === ATTEMPTS || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function startServerAt(port: number, settings: Record<string, string>): Promise<RunningServer> {
  const binary = process.env.MAYFLY_BINARY;
  if (binary === undefined) throw new Error('set MAYFLY_BINARY to a built `mayfly`');
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-web-'));
  const url = new URL(`http://127.0.0.1:${port}`);
  const dashboard = `http://localhost:${port}`;
  const said: string[] = [];
  const child = spawn(binary, ['server', '--data-dir', folder, '--listen', `127.0.0.1:${port}`], {
    env: {
      ...process.env,
      MAYFLY_EGRESS_ALLOW: '127.0.0.0/8',
      MAYFLY_PUBLIC_URL: dashboard,
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  await waitFor('the server to answer', async () => {
    if (child.exitCode !== null) throw new Error(`the server stopped: ${said.join('')}`);
    return (await fetch(new URL('/api/status', url))).ok;
  });
  return { url, dashboard, folder, stop: () => stop(child, folder) };
}

/** What only somebody on the server's own machine can read. */
export async function setupCode({ folder }: RunningServer): Promise<string> {
  return (await readFile(join(folder, 'setup-code'), 'utf8')).trim();
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  const gone = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
  await rm(folder, { recursive: true, force: true });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(address),
      );
    });
  });
}
