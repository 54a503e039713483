import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { GatewayStatus } from './GatewayStatus.tsx';
import { gatewayQuery } from './queries.ts';

/** A gateway that something goes through, and how it is; its id for whoever may not see it. */
export function GatewayName({ id }: { id: string }) {
  const { data } = useQuery({ ...gatewayQuery(id), retry: false });
  if (data === undefined)
    return (
      <span className="mono" translate="no">
        {id}
      </span>
    );
  return (
    <>
      <Link to="/gateways/$gateway" params={{ gateway: id }} translate="no">
        {data.gateway.name}
      </Link>{' '}
      <GatewayStatus gateway={data.gateway} />
    </>
  );
}
