import { focusManager, type QueryClient } from '@tanstack/react-query';
import type { Change } from '../api/schema.ts';
import { askAll } from './ask.ts';
import { collector } from './collect.ts';
import { setSync } from './sync.ts';

/** Longer than the server is ever silent: it sends something every 15 seconds. */
const SILENCE = 40_000;
/** Between two tries to reach it, at first and at most. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
/** Between two looks while there is no stream. */
const POLL = 15_000;

/**
 * Keeps what this tab shows up to date, by the one stream of changes that all its pages share: a change makes the queries
 * about it old, and those on the page are asked again. Without a stream all are asked again from time to time. While nobody is
 * there it does neither, so that the session ends when it should.
 */
export function watchChanges(client: QueryClient): () => void {
  let source: EventSource | null = null;
  let wait = FIRST_WAIT;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let poll: ReturnType<typeof setTimeout> | undefined;
  let isPolling = false;
  // The page was read before there was a stream: what changed between the two was told to nobody.
  let hasGap = true;
  const collected = collector(client);

  function open() {
    close();
    source = new EventSource('/api/v1/events');
    source.addEventListener('beat', beat);
    source.addEventListener('change', message => {
      listen();
      collected.change(JSON.parse(message.data) as Change);
    });
    source.addEventListener('reload', () => {
      listen();
      collected.all();
    });
    source.addEventListener('error', lost);
    listen();
  }

  function beat() {
    listen();
    stopPolling();
    wait = FIRST_WAIT;
    setSync({ mode: 'live' });
    // What happened before it began to listen is not known.
    if (hasGap) collected.all();
    else collected.nothing();
    hasGap = false;
  }

  function listen() {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE);
  }

  function lost() {
    close();
    retry = setTimeout(open, wait * (0.8 + Math.random() * 0.4));
    wait = Math.min(wait * 2, LONGEST_WAIT);
    setSync({ mode: 'polling' });
    hasGap = true;
    if (isPolling) return;
    isPolling = true;
    void ask();
  }

  async function ask() {
    const isWhole = await askAll(client);
    if (!isPolling) return;
    if (isWhole) setSync({ at: Date.now() });
    clearTimeout(poll);
    poll = setTimeout(ask, POLL);
  }

  function stopPolling() {
    isPolling = false;
    clearTimeout(poll);
  }

  function close() {
    source?.close();
    source = null;
    for (const timer of [retry, silence]) clearTimeout(timer);
  }

  function look(isFocused: boolean) {
    if (isFocused && source === null) {
      open();
    } else if (!isFocused) {
      close();
      stopPolling();
      hasGap = true;
      setSync({ mode: 'paused' });
    }
  }

  // A machine that lost its net hears nothing of its stream's end; a server that is reached without it is found again at once.
  const suspect = () => {
    if (source !== null) lost();
  };
  const tryNow = () => {
    if (source === null && focusManager.isFocused()) open();
  };
  addEventListener('offline', suspect);
  addEventListener('online', tryNow);
  const forget = focusManager.subscribe(look);
  look(focusManager.isFocused());
  return () => {
    forget();
    collected.stop();
    removeEventListener('offline', suspect);
    removeEventListener('online', tryNow);
    close();
    stopPolling();
    setSync({ mode: 'polling', at: null });
  };
}
