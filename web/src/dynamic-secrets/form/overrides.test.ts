import { expect, test } from 'vitest';
import { EMPTY } from './draft.ts';
import { draftFor } from './overrides.ts';

const draft = {
  ...EMPTY,
  namespace: 'team-a',
  serviceAccountName: 'deployer',
  overrides: {
    prod: { namespace: ' team-a-prod ', serviceAccountName: 'releaser', defaultTTL: '', maxTTL: '2h' },
  },
};

test('an environment gets what it has otherwise, and for the rest what the form says', () => {
  expect(draftFor(draft, 'prod')).toMatchObject({
    namespace: 'team-a-prod',
    serviceAccountName: 'releaser',
    defaultTTL: '1h',
    maxTTL: '2h',
  });
  expect(draftFor(draft, 'dev')).toMatchObject({ namespace: 'team-a', serviceAccountName: 'deployer' });
});

test('an account of its own counts only where accounts exist already', () => {
  const temporary = { ...draft, credentialType: 'dynamic' as const };
  expect(draftFor(temporary, 'prod').serviceAccountName).toBe('deployer');
  expect(draftFor(temporary, 'prod').namespace).toBe('team-a-prod');
});
