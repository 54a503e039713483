import type { Gateway, GatewayPool } from '../api/schema.ts';
import { type Policy, policyOf } from './policy.ts';

/** Which gateway or which pool of them is on the way to a cluster; both are empty for none. */
export interface Via {
  gatewayId: string;
  gatewayPoolId: string;
}

export const NONE: Via = { gatewayId: '', gatewayPoolId: '' };

/** Whether there is one. */
export function isVia({ gatewayId, gatewayPoolId }: Via): boolean {
  return gatewayId !== '' || gatewayPoolId !== '';
}

/** What of it is sent: one of the two fields. */
export function sentVia({ gatewayId, gatewayPoolId }: Via): Partial<Via> {
  if (gatewayPoolId !== '') return { gatewayPoolId };
  return gatewayId === '' ? {} : { gatewayId };
}

/** The policies of those that may be asked, as far as they have shown one: of a pool that is each gateway in it. */
export function policiesOf(via: Via, gateways: Gateway[], pools: GatewayPool[]): Policy[] {
  const members = pools.find(({ id }) => id === via.gatewayPoolId)?.memberGatewayIds ?? [];
  const asked = via.gatewayPoolId === '' ? [via.gatewayId] : members;
  return gateways.filter(({ id }) => asked.includes(id)).flatMap(({ policy }) => policyOf(policy) ?? []);
}
