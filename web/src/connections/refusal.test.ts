import { expect, test } from 'vitest';
import { ungranted } from './refusal.ts';

const SENTENCE =
  'rolebindings.rbac.authorization.k8s.io "mayfly-x" is forbidden: user "system:serviceaccount:a:issuer" ' +
  '(groups=["system:serviceaccounts" "system:authenticated"]) is attempting to grant RBAC permissions not currently held: ';

test('the rules of a refused grant are read, each with its groups and names', () => {
  const why = `${SENTENCE}{APIGroups:["apps"], Resources:["deployments" "replicasets"], ResourceNames:["web"], Verbs:["get" "patch"]} {NonResourceURLs:["/metrics"], Verbs:["get"]}`;
  expect(ungranted(why)).toEqual([
    {
      apiGroups: ['apps'],
      resources: ['deployments', 'replicasets'],
      resourceNames: ['web'],
      verbs: ['get', 'patch'],
    },
    { nonResourceURLs: ['/metrics'], verbs: ['get'] },
  ]);
});

test('a sentence that was cut gives the rules that are whole, and another sentence none', () => {
  expect(
    ungranted(`${SENTENCE}{APIGroups:[""], Resources:["pods"], Verbs:["get"]} {APIGroups:["ap…`),
  ).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
  expect(ungranted('namespaces "a" not found {APIGroups:[""], Verbs:["get"]}')).toEqual([]);
});
