import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchChanges } from './watch.ts';

/** Stands for the stream of a server, and says what a test makes it say. */
class Stream extends EventTarget {
  static all: Stream[] = [];
  isClosed = false;
  constructor() {
    super();
    Stream.all.push(this);
  }
  close() {
    this.isClosed = true;
  }
  says(event: string, data: object = {}) {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }));
  }
}

const KEY = ['leases', 'shop', 'active'];
let client: QueryClient;
let stops: (() => void)[];

beforeEach(() => {
  Stream.all = [];
  vi.stubGlobal('EventSource', Stream);
  client = new QueryClient();
  stops = [];
});
afterEach(() => {
  for (const stop of stops) stop();
  client.clear();
  vi.unstubAllGlobals();
});

/** A page that shows what `ask` answers. */
function page(ask: () => Promise<string>) {
  const observer = new QueryObserver(client, { queryKey: KEY, queryFn: ask, staleTime: 60_000 });
  stops.push(observer.subscribe(() => undefined));
  return () => observer.getCurrentResult().data;
}

const watch = () => stops.push(watchChanges(client));
const stream = () => Stream.all.at(-1) as Stream;

test('what the page was read from before the stream was open is asked for again, once', async () => {
  let leases = 'none';
  const ask = vi.fn(async () => leases);
  const shown = page(ask);
  await vi.waitFor(() => expect(shown()).toBe('none'));
  leases = 'one';
  watch();
  stream().says('beat');
  await vi.waitFor(() => expect(shown()).toBe('one'));
  stream().says('beat');
  expect(ask).toHaveBeenCalledTimes(2);
});

test('an answer that was on its way when the stream opened is not the last word', async () => {
  const answers: ((leases: string) => void)[] = [];
  const shown = page(() => new Promise(resolve => answers.push(resolve)));
  watch();
  stream().says('beat');
  answers[0]?.('from before');
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  answers[1]?.('from after');
  await vi.waitFor(() => expect(shown()).toBe('from after'));
});

test('an answer that was on its way when something changed is not the last word', async () => {
  watch();
  stream().says('beat');
  const answers: ((leases: string) => void)[] = [];
  const shown = page(() => new Promise(resolve => answers.push(resolve)));
  stream().says('change', { kind: 'lease-issued', projectId: null });
  answers[0]?.('from before');
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  answers[1]?.('from after');
  await vi.waitFor(() => expect(shown()).toBe('from after'));
});

test('after each loss of the stream all is asked for again when it is back', async () => {
  let leases = 'none';
  const shown = page(async () => leases);
  watch();
  stream().says('beat');
  await vi.waitFor(() => expect(client.isFetching()).toBe(0));
  const first = stream();
  first.says('error');
  expect(first.isClosed).toBe(true);
  await vi.waitFor(() => expect(client.isFetching()).toBe(0));
  dispatchEvent(new Event('online'));
  expect(Stream.all).toHaveLength(2);
  leases = 'one';
  stream().says('beat');
  await vi.waitFor(() => expect(shown()).toBe('one'));
});
