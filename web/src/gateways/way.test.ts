import { expect, test } from 'vitest';
import type { Gateway, GatewayPool } from '../api/schema.ts';
import { isVia, NONE, policiesOf, sentVia } from './way.ts';

test('a gateway or a pool is sent, and never both', () => {
  expect(sentVia(NONE)).toEqual({});
  expect(sentVia({ gatewayId: 'g-1', gatewayPoolId: '' })).toEqual({ gatewayId: 'g-1' });
  expect(sentVia({ gatewayId: '', gatewayPoolId: 'p-1' })).toEqual({ gatewayPoolId: 'p-1' });
  expect([isVia(NONE), isVia({ gatewayId: '', gatewayPoolId: 'p-1' })]).toEqual([false, true]);
});

test('of a pool the policies of all its gateways count that have shown one', () => {
  const gateways = [
    { id: 'g-1', policy: { operations: ['issue'] } },
    { id: 'g-2', policy: null },
    { id: 'g-3', policy: { operations: ['probe'] } },
  ] as unknown as Gateway[];
  const pools = [{ id: 'p-1', memberGatewayIds: ['g-2', 'g-3'] }] as GatewayPool[];
  const operations = (via: object) =>
    policiesOf({ ...NONE, ...via }, gateways, pools).map(policy => policy.operations);
  expect(operations({ gatewayId: 'g-1' })).toEqual([['issue']]);
  expect(operations({ gatewayPoolId: 'p-1' })).toEqual([['probe']]);
  expect(operations({})).toEqual([]);
});
