import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { machineCommand } from '../../src/gateways/commands.ts';
import type { Rules } from '../../src/gateways/rules.ts';
import type { Cluster } from './cluster.ts';
import type { Person } from './people.ts';
import { waitFor } from './waiting.ts';

const execute = promisify(execFile);

/** A machine for gateways: a folder with the agent under its name, and what it needs to reach a cluster. */
export interface Machine {
  /** Of the API server that it reaches. */
  url: string;
  /** Files for the command, as somebody who set the machine up would name them. */
  ca: string;
  token: string;
  /** Runs a command as it was copied, in a folder of its own. */
  run: (command: string) => Promise<RunningGateway>;
  /** What a command prints that ends by itself, in a folder of its own with these files. */
  print: (command: string, files: Record<string, string>) => Promise<string>;
  /** Stops what still runs, and takes the machine away. */
  remove: () => Promise<void>;
}

export interface RunningGateway {
  /** What it has written so far. */
  log: () => string;
  /** Asks it to stop, and waits until it has. */
  stop: () => Promise<void>;
}

/** A gateway that is here, for a test of what goes through it; answers with its id. */
export async function bringUp(who: Person, on: Machine, name: string, rules: Rules): Promise<string> {
  const { gateway } = await who.ask('POST', '/api/v1/gateways', { name });
  const path = `/api/v1/gateways/${gateway.id}`;
  const { enrolmentText } = await who.ask('POST', `${path}/enrolments`, {});
  await on.run(machineCommand(enrolmentText, rules, on));
  await waitFor(`${name} to be here`, async () => (await who.ask('GET', path)).gateway.state === 'healthy');
  return gateway.id;
}

export async function machine(cluster: Cluster): Promise<Machine> {
  const binary = process.env.MAYFLY_GATEWAY_BINARY;
  if (binary === undefined) throw new Error('set MAYFLY_GATEWAY_BINARY to a built `mayfly-gateway`');
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-gateway-'));
  const [programs, ca, token] = ['programs', 'cluster-ca.crt', 'cluster-token'].map(name =>
    join(folder, name),
  );
  if (programs === undefined || ca === undefined || token === undefined) throw new Error('no paths');
  await mkdir(programs);
  await symlink(resolve(binary), join(programs, 'mayfly-gateway'));
  await writeFile(ca, cluster.ca);
  await writeFile(token, cluster.token);
  await chmod(token, 0o600);
  const running: RunningGateway[] = [];
  return {
    url: cluster.url,
    ca,
    token,
    run: async command => {
      const home = await mkdtemp(join(folder, 'home-'));
      const path = [programs, process.env.PATH].join(delimiter);
      const started = start(command, home, path);
      running.push(started);
      return started;
    },
    print: async (command, files) => {
      const home = await mkdtemp(join(folder, 'home-'));
      for (const [name, text] of Object.entries(files)) await writeFile(join(home, name), text);
      const path = [programs, process.env.PATH].join(delimiter);
      const { stdout } = await execute('bash', ['-c', command], {
        cwd: home,
        env: { ...process.env, PATH: path },
      });
      return stdout;
    },
    remove: async () => {
      await Promise.all(running.map(one => one.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In a group of its own: the shell that was given the command waits for the agent, and both have to go. */
function start(command: string, cwd: string, PATH: string): RunningGateway {
  const child = spawn('bash', ['-c', command], {
    cwd,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()));
  return {
    log: () => said.join(''),
    stop: async () => {
      end(child);
      await gone;
    },
  };
}

function end({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGTERM');
}
