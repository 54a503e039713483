import { api, body } from '../api/client.ts';
import type { Lease } from '../api/schema.ts';

/** Ends a lease early, by its id: where its dynamic secret lay when it was issued, there may be nothing now. */
export async function endLease({ id }: Lease, projectSlug: string): Promise<Lease> {
  const params = { path: { leaseId: id } };
  return (await body(api.POST('/api/v1/leases/{leaseId}/end', { params, body: { projectSlug } }))).lease;
}
