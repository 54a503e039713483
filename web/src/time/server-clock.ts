/**
 * The server's time, whatever the clock of this machine says: one offset, carried on by a timer that nobody can set.
 * What ends is told by it, so that a wrong clock here does not show a dead token as a live one.
 */
interface Reading {
  server: number;
  at: number;
}

let reading: Reading | null = null;

/** Takes what the server said about its time, half of the way there and back before it arrived. */
export function learn(serverDate: string, sentAt: number, receivedAt: number): void {
  const server = Date.parse(serverDate);
  if (Number.isNaN(server)) return;
  reading = { server: server + (receivedAt - sentAt) / 2, at: receivedAt };
}

/** Milliseconds since 1970, by the server's clock where it is known. */
export function serverNow(): number {
  return reading === null ? Date.now() : reading.server + (performance.now() - reading.at);
}
