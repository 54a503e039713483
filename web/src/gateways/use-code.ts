import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../api/client.ts';
import type { MadeGatewayEnrolment } from '../api/schema.ts';
import { useOnce } from '../ui/use-once.ts';

/** For how long a code is good and for how many processes. */
export interface CodeWish {
  ttlSeconds: number;
  uses: number;
}

/** A code that lets processes enrol. It is in the state of the page that shows it, and nowhere else. */
export function useCode(gatewayId: string) {
  const client = useQueryClient();
  const [code, setCode] = useState<MadeGatewayEnrolment | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const { isBusy, once } = useOnce();

  async function make(wish: CodeWish) {
    setFailure(null);
    try {
      const params = { path: { gatewayId } };
      setCode(await body(api.POST('/api/v1/gateways/{gatewayId}/enrolments', { params, body: wish })));
      await client.invalidateQueries({ queryKey: ['gateways', gatewayId] });
    } catch (thrown) {
      setFailure(thrown);
    }
  }

  return { code, failure, isBusy, make: (wish: CodeWish) => void once(() => make(wish)) };
}
