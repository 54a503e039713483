import type { LoggedEvent } from '../api/schema.ts';

/** What the audit log has about gateways; it takes several kinds with commas between them. */
export const EVENT_KINDS = [
  'create-gateway',
  'update-gateway',
  'create-gateway-token',
  'delete-gateway-token',
  'enrol-gateway',
  'refuse-gateway-enrolment',
  'connect-gateway',
  'disconnect-gateway',
  'change-gateway-policy',
  'change-gateway-keys',
  'refuse-gateway-keys',
  'lock-gateway',
  'unlock-gateway',
  'revoke-gateway',
].join(',');

/** Whether an event is about one gateway: the log cannot be asked for those alone. */
export function isAbout({ metadata }: Pick<LoggedEvent, 'metadata'>, gatewayId: string): boolean {
  return (metadata as { gatewayId?: unknown } | null)?.gatewayId === gatewayId;
}
