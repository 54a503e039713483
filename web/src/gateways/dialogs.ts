import type { Gateway } from '../api/schema.ts';

/** What each dialog about a gateway gets. */
export interface GatewayDialogProps {
  gateway: Gateway;
  onClose: () => void;
}
