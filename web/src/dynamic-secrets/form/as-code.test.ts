import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { changeCommandsOf, commandsOf, requestOf } from './as-code.ts';
import { EMPTY } from './draft.ts';

const place = { projectSlug: 'shop', environmentSlug: 'prod', path: '/a' };
const draft = {
  ...EMPTY,
  name: "it's-$(id)",
  url: 'https://k8s:6443',
  ca: 'line one\nline two',
  clusterToken: 'typed-and-secret',
  namespace: 'team-a',
  serviceAccountName: 'deployer',
  audiences: ['a b', '`id`'],
  overrides: { prod: { defaultTTL: '30m' } },
};

/** Runs a command in a real shell, in which the program itself only prints what it is given. */
function run(command: string, program: string): string {
  const environment = { PATH: process.env.PATH, CLUSTER_TOKEN: 'from-the-variable', ACCESS_TOKEN: 'a' };
  return execFileSync('sh', ['-c', `${program}\n${command}`], { encoding: 'utf8', env: environment });
}

const commands = (facts: Partial<typeof draft> = {}) =>
  commandsOf({ ...draft, ...facts }, [place], 'https://mayfly.example');
const LAST = 'curl() { for last; do :; done; printf %s "$last"; }';

test('the command of curl sends what Submit sends, with the token of a variable', () => {
  const command = commands().curl;
  const sent = JSON.parse(run(command, LAST));
  const wanted = requestOf({ ...draft, clusterToken: 'from-the-variable' }, place);
  expect(sent).toEqual(JSON.parse(JSON.stringify(wanted)));
  expect(sent.defaultTTL).toBe('30m');
  expect(command).not.toContain('typed-and-secret');
});

test('with a saved connection curl needs no token', () => {
  const command = commands({ connectionId: 'c-1' }).curl;
  expect(command).not.toContain('CLUSTER_TOKEN');
  expect(JSON.parse(run(command, LAST)).provider.inputs.clusterConnectionId).toBe('c-1');
});

test('where a gateway does the work no command needs a token', () => {
  const { curl, cli, hasToken } = commands({ authMethod: 'gateway', gatewayId: 'g-1' });
  expect(hasToken).toBe(false);
  expect(curl).not.toContain('CLUSTER_TOKEN');
  expect(JSON.parse(run(curl, LAST)).provider.inputs).toMatchObject({
    authMethod: 'gateway',
    gatewayId: 'g-1',
  });
  expect(cli).not.toContain('--cluster-token-file');
});

test('the command line gets the same fields, its name as one word, and the token from a file', () => {
  const command = commands().cli ?? '';
  const printed = run(command, `mayfly() { printf '%s\\n' "$3"; cat; }`);
  const [name, ...fields] = printed.split('\n');
  const { provider, defaultTTL, maxTTL } = requestOf(draft, place);
  const { clusterToken: _, ...inputs } = provider.inputs;
  expect(name).toBe(draft.name);
  expect(JSON.parse(fields.join('\n'))).toEqual({ provider: { inputs }, defaultTTL, maxTTL });
  expect(command).toContain('--cluster-token-file token');
  expect(command).toContain('--project shop --env prod --path /a');
  expect(command).not.toContain('typed-and-secret');
  expect(commands({ connectionId: 'c-1' }).cli).not.toContain('--cluster-token-file');
});

test('as code for Terraform there is one for one environment, without the token that was typed', () => {
  const { terraform } = commands();
  expect(terraform).toContain('service_account_name = "deployer"');
  expect(terraform).toContain('default_ttl      = "30m"');
  expect(terraform).not.toContain('typed-and-secret');
  const both = [place, { ...place, environmentSlug: 'dev' }];
  expect(commandsOf(draft, both, 'https://mayfly.example').terraform).toBeNull();
});

test('a change is shown as what it sends, by its old name and without the token', () => {
  const edit = {
    base: { ...draft, clusterToken: '' },
    draft: { ...draft, name: 'other', url: 'https://k8s:7443' },
  };
  const { curl, cli } = changeCommandsOf(edit, place, 'end', 'https://mayfly.example');
  expect(JSON.parse(run(curl, LAST))).toEqual({
    ...place,
    data: { newName: 'other', inputs: { url: 'https://k8s:7443', clusterToken: 'from-the-variable' } },
    leases: 'end',
  });
  expect(curl).toContain('--request PATCH');
  const [name, ...fields] = run(cli ?? '', `mayfly() { printf '%s\\n' "$3"; cat; }`).split('\n');
  expect(name).toBe(draft.name);
  expect(JSON.parse(fields.join('\n'))).toEqual({ newName: 'other', inputs: { url: 'https://k8s:7443' } });
  expect(cli).toContain('--leases end --yes');
  expect(curl + cli).not.toContain('typed-and-secret');
});
