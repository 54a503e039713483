import { expect, test } from 'vitest';
import { type Danger, dangersOf, lineOf, type Rule } from './dangers.ts';

const rule = (verbs: string[], resources: string[], more: Partial<Rule> = {}): Rule => ({
  apiGroups: [''],
  verbs,
  resources,
  ...more,
});

test.each<[Rule, Danger[]]>([
  [rule(['get', 'list'], ['pods', 'configmaps']), []],
  [rule(['list'], ['secrets']), ['secrets']],
  [rule(['create'], ['secrets']), []],
  [rule(['create'], ['pods/exec']), ['exec']],
  [rule(['bind'], ['clusterroles']), ['escalate']],
  [rule(['create'], ['serviceaccounts/token']), ['tokens']],
  [rule(['create'], ['deployments']), ['pods']],
  [rule(['get'], ['*']), ['secrets', 'exec', 'nodes']],
])('%o is marked as %o', (given, dangers) => {
  expect(dangersOf([given])).toEqual(dangers);
});

test('whoever may do everything has every mark that comes with it', () => {
  expect(dangersOf([rule(['*'], ['*'])])).toContain('everything');
  expect(dangersOf([rule(['*'], ['*'])])).toContain('secrets');
});

test('a rule reads as one line', () => {
  const given = rule(['get'], ['deployments'], { apiGroups: ['apps'], resourceNames: ['shop'] });
  expect(lineOf(given)).toBe('get deployments (apps) [shop]');
});
