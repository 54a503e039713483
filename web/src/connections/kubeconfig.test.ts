import { expect, test } from 'vitest';
import { KubeconfigError, readKubeconfig } from './kubeconfig.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n';
const config = (user: object, cluster: object = {}) =>
  JSON.stringify({
    'current-context': 'here',
    contexts: [
      { name: 'there', context: { cluster: 'b', user: 'u' } },
      { name: 'here', context: { cluster: 'a', user: 'u' } },
    ],
    clusters: [
      {
        name: 'a',
        cluster: { server: 'https://a:6443', 'certificate-authority-data': btoa(PEM), ...cluster },
      },
      { name: 'b', cluster: { server: 'https://b:6443' } },
    ],
    users: [{ name: 'u', user }],
  });

test('the context in use comes first, with address, CA and token', async () => {
  const found = await readKubeconfig(config({ token: ' ey.token \n' }));
  expect(found.map(({ context }) => context)).toEqual(['here', 'there']);
  expect(found[0]).toMatchObject({ url: 'https://a:6443', ca: PEM, token: 'ey.token', noToken: null });
});

test('a user without a token says what it has instead', async () => {
  const whys = [
    [{ exec: { command: 'aws' } }, 'exec', 'aws'],
    [{ 'client-certificate-data': 'x' }, 'certificate', ''],
    [{ tokenFile: '/run/token' }, 'file', '/run/token'],
    [{ 'auth-provider': { name: 'oidc' } }, 'provider', 'oidc'],
    [{ username: 'u', password: 'p' }, 'password', ''],
    [{}, 'none', ''],
  ] as const;
  for (const [user, noToken, about] of whys) {
    const [access] = await readKubeconfig(config(user));
    expect(access).toMatchObject({ token: '', noToken, about });
  }
});

test('what Mayfly does otherwise is named', async () => {
  const cluster = {
    'certificate-authority-data': undefined,
    'certificate-authority': '/etc/ca.crt',
    'insecure-skip-tls-verify': true,
    'tls-server-name': 'k8s',
    'proxy-url': 'http://proxy',
  };
  const [access] = await readKubeconfig(config({ token: 't' }, cluster));
  expect(access?.ca).toBe('');
  expect(access?.ignored).toEqual(['caFile', 'unverified', 'serverName', 'proxy']);
});

test('what is no kubeconfig is refused with its reason, and never half read', async () => {
  const why = (text: string) =>
    readKubeconfig(text).then(
      () => 'read',
      failure => (failure instanceof KubeconfigError ? failure.why : 'thrown'),
    );
  expect(await why('a: [')).toBe('syntax');
  expect(await why('just words')).toBe('noContext');
  expect(await why('contexts: 7')).toBe('noContext');
  expect(await why('x'.repeat(1_000_001))).toBe('tooLong');
});

test('YAML is read as kubectl writes it', async () => {
  const text = `apiVersion: v1
kind: Config
current-context: lab
clusters:
- cluster:
    server: https://lab:6443
  name: lab
contexts:
- context: {cluster: lab, user: "bo"}
  name: lab
users:
- name: bo
  user:
    token: |
      ey.abc
`;
  expect(await readKubeconfig(text)).toMatchObject([{ url: 'https://lab:6443', ca: '', token: 'ey.abc' }]);
});
