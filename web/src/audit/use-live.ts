import { useEffect, useState } from 'react';
import type { LoggedEvent } from '../api/schema.ts';
import { type Filter, liveAddress } from './queries.ts';

/** As many as are kept of what came while somebody watches. */
const MOST = 500;

export interface Live {
  events: LoggedEvent[];
  /** Whether the server was lost; the browser tries again by itself, and nothing in between is missed. */
  isBroken: boolean;
}

/** Events as they happen, newest first, for as long as it is switched on. */
export function useLive(filter: Filter, isOn: boolean): Live {
  const [events, setEvents] = useState<LoggedEvent[]>([]);
  const [isBroken, setIsBroken] = useState(false);
  const address = liveAddress(filter);
  useEffect(() => {
    setEvents([]);
    setIsBroken(false);
    if (!isOn) return;
    const source = new EventSource(address);
    source.addEventListener('audit', message => {
      const event = JSON.parse(message.data) as LoggedEvent;
      setEvents(before => [event, ...before].slice(0, MOST));
    });
    source.addEventListener('open', () => setIsBroken(false));
    source.addEventListener('error', () => setIsBroken(true));
    return () => source.close();
  }, [address, isOn]);
  return { events, isBroken };
}
