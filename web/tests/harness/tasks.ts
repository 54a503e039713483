import type { Visitor } from './browser.ts';

/** An event of a trace, of which there are more fields; times are microseconds. */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Time of the thread itself, which goes on only while it computes: other programs have no part in it. */
  tdur?: number;
  args?: { name?: string };
}

/** The tasks of the page's own thread while `act` runs, as the browser's trace has them: milliseconds, shortest first. */
export async function tasksWhile(visitor: Visitor, act: () => Promise<unknown>): Promise<number[]> {
  const browser = visitor.context.browser();
  if (browser === null) throw new Error('the page has no browser');
  await browser.startTracing(visitor.page, { categories: ['disabled-by-default-devtools.timeline'] });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  const isOfPage = ({ name, args }: TraceEvent) => name === 'thread_name' && args?.name === 'CrRendererMain';
  const threads = new Set(traceEvents.filter(isOfPage).map(({ pid, tid }) => `${pid}/${tid}`));
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && threads.has(`${pid}/${tid}`),
  );
  // One that the trace began or ended in has no length.
  const lengths = tasks.flatMap(({ tdur }) => (tdur === undefined ? [] : [tdur / 1000]));
  return lengths.sort((one, other) => one - other);
}
