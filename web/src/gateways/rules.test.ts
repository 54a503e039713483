import { expect, test } from 'vitest';
import { chartValues, helmCommand, machineCommand, manifestCommand, masked } from './commands.ts';
import { misnamed, NO_RULES, policyFile } from './rules.ts';

test('a policy file names each account and role, whatever YAML would take a name for', () => {
  const rules = {
    accounts: ['team-a/deployer', '123/true'],
    namespaces: ['leases'],
    roles: ['view', 'Role/reader', 'ClusterRole/system:monitoring'],
    forwards: true,
  };
  expect(policyFile(rules)).toBe(
    [
      'static:',
      '  accounts:',
      '    - { namespace: "team-a", name: "deployer" }',
      '    - { namespace: "123", name: "true" }',
      'dynamic:',
      '  namespaces: ["leases"]',
      '  roles:',
      '    - { kind: ClusterRole, name: "view" }',
      '    - { kind: Role, name: "reader" }',
      '    - { kind: ClusterRole, name: "system:monitoring" }',
      'forward: { enabled: true }',
    ].join('\n'),
  );
});

test('what names nothing is a policy all the same, which refuses everything', () => {
  expect(policyFile(NO_RULES)).toBe('static: {}');
});

test('an account without its namespace is told, and left out of the file', () => {
  expect(misnamed(['team-a/deployer', 'deployer', 'a/b/c'])).toEqual(['deployer', 'a/b/c']);
  expect(policyFile({ ...NO_RULES, accounts: ['deployer'] })).not.toContain('deployer');
});

test('the command for a machine is one text, and hides its code where it is told to', () => {
  const cluster = { url: 'https://10.0.0.10:6443', ca: 'a file/ca.crt', token: 'token' };
  const command = machineCommand('mayfly_enrol_abc', NO_RULES, cluster);
  expect(command).toContain("mayfly-gateway/enrolment <<'END'\nmayfly_enrol_abc\nEND");
  expect(command).toContain("--cluster-ca 'a file/ca.crt' --cluster-token token");
  expect(masked(command, 'mayfly_enrol_abc')).not.toContain('mayfly_enrol_abc');
  expect(masked(command, 'mayfly_enrol_abc')).toContain('mayfly_enrol_••••');
});

test('values hold the enrolment and the policy, and the commands name the account that was agreed on', () => {
  const rules = { ...NO_RULES, accounts: ['team-a/deployer'] };
  expect(chartValues('g-1', 'mayfly_enrol_abc', rules)).toBe(
    [
      'gateway:',
      '  id: g-1',
      'enrolment:',
      '  text: mayfly_enrol_abc',
      'policy:',
      '  static:',
      '    accounts:',
      '      - { namespace: "team-a", name: "deployer" }',
    ].join('\n'),
  );
  const account = { namespace: 'edge', name: 'gw' };
  expect(helmCommand(account)).toContain('helm install gw charts/mayfly-gateway');
  expect(manifestCommand(account)).toContain('--name gw');
  for (const command of [helmCommand(account), manifestCommand(account)])
    expect(command).toContain('--namespace edge');
});
