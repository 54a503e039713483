import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../api/problem.ts';
import { setSync } from './sync.ts';
import { watchChanges } from './watch.ts';

vi.mock('./sync.ts', () => ({ setSync: vi.fn() }));

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
  vi.useRealTimers();
  vi.mocked(setSync).mockClear();
});

/** A page that shows what `ask` answers. */
function page(ask: () => Promise<string>) {
  const observer = new QueryObserver(client, {
    queryKey: KEY,
    queryFn: ask,
    staleTime: 60_000,
    retry: false,
  });
  stops.push(observer.subscribe(() => undefined));
  return () => observer.getCurrentResult().data;
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000 });
const watch = () => stops.push(watchChanges(client));
const CHANGE = { kind: 'lease-issued', projectId: null };
/** How often it was said until when the page is known to be as it is. */
const saidSynced = () => vi.mocked(setSync).mock.calls.filter(([{ at }]) => at != null).length;
const stream = () => Stream.all.at(-1) as Stream;

test('what the page was read from before the stream was open is asked for again, once', async () => {
  let leases = 'none';
  const ask = vi.fn(async () => leases);
  const shown = page(ask);
  await until(() => expect(shown()).toBe('none'));
  leases = 'one';
  watch();
  stream().says('beat');
  await until(() => expect(shown()).toBe('one'));
  stream().says('beat');
  expect(ask).toHaveBeenCalledTimes(2);
});

test('an answer that was on its way when the stream opened is not the last word', async () => {
  const answers: ((leases: string) => void)[] = [];
  const shown = page(() => new Promise(resolve => answers.push(resolve)));
  watch();
  stream().says('beat');
  answers[0]?.('from before');
  await until(() => expect(answers).toHaveLength(2));
  answers[1]?.('from after');
  await until(() => expect(shown()).toBe('from after'));
});

test('an answer that was on its way when something changed is not the last word', async () => {
  watch();
  stream().says('beat');
  const answers: ((leases: string) => void)[] = [];
  const shown = page(() => new Promise(resolve => answers.push(resolve)));
  stream().says('change', CHANGE);
  answers[0]?.('from before');
  await until(() => expect(answers).toHaveLength(2));
  answers[1]?.('from after');
  await until(() => expect(shown()).toBe('from after'));
});

test('after each loss of the stream all is asked for again when it is back', async () => {
  let leases = 'none';
  const shown = page(async () => leases);
  watch();
  stream().says('beat');
  await until(() => expect(client.isFetching()).toBe(0));
  const first = stream();
  first.says('error');
  expect(first.isClosed).toBe(true);
  await until(() => expect(client.isFetching()).toBe(0));
  dispatchEvent(new Event('online'));
  expect(Stream.all).toHaveLength(2);
  leases = 'one';
  stream().says('beat');
  await until(() => expect(shown()).toBe('one'));
});

test('the page is told to be as it is only where all was answered; a refusal is an answer', async () => {
  vi.useFakeTimers();
  let failure: Error | null = null;
  page(async () => {
    if (failure !== null) throw failure;
    return 'one';
  });
  watch();
  stream().says('beat');
  expect(saidSynced()).toBe(0);
  await vi.advanceTimersByTimeAsync(2000);
  expect(saidSynced()).toBe(1);

  failure = new ApiError(502, {});
  stream().says('change', CHANGE);
  await vi.advanceTimersByTimeAsync(2000);
  stream().says('beat');
  expect(saidSynced()).toBe(1);

  failure = new ApiError(403, {});
  stream().says('reload');
  await vi.advanceTimersByTimeAsync(2000);
  expect(saidSynced()).toBe(2);
  stream().says('beat');
  expect(saidSynced()).toBe(3);
});

test('many changes begin no request anew before it is answered, and are asked for together', async () => {
  vi.useFakeTimers();
  const answers: ((leases: string) => void)[] = [];
  const shown = page(() => new Promise(resolve => answers.push(resolve)));
  answers[0]?.('first');
  await vi.advanceTimersByTimeAsync(0);
  watch();
  stream().says('change', CHANGE);
  for (let second = 0; second < 5; second++) {
    await vi.advanceTimersByTimeAsync(1000);
    stream().says('change', CHANGE);
  }
  expect(answers).toHaveLength(2);
  answers[1]?.('second');
  await vi.advanceTimersByTimeAsync(0);
  expect(shown()).toBe('second');
  await vi.advanceTimersByTimeAsync(1000);
  expect(answers).toHaveLength(3);
});

test('an answer that never comes keeps nothing from being asked for', async () => {
  vi.useFakeTimers();
  const ask = vi.fn(() => new Promise<string>(() => undefined));
  client.setQueryData(KEY, 'first');
  page(ask);
  watch();
  stream().says('change', CHANGE);
  await vi.advanceTimersByTimeAsync(0);
  stream().says('change', CHANGE);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(ask).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(2000);
  expect(ask).toHaveBeenCalledTimes(2);
});

test('to be asked for all again and again is no flood of requests', async () => {
  vi.useFakeTimers();
  const ask = vi.fn(async () => 'one');
  client.setQueryData(KEY, 'first');
  page(ask);
  watch();
  for (let time = 0; time < 10; time++) stream().says('reload');
  await vi.advanceTimersByTimeAsync(0);
  expect(ask).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(5000);
  expect(ask).toHaveBeenCalledTimes(2);
});
