import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { waitFor } from './waiting.ts';

/** Another address of an API server, that a test can take away and give back. */
export interface Forwarder {
  url: string;
  /** As if the API server were stopped: nobody listens, and what was open is cut. */
  stop: () => Promise<void>;
  /** At the same address again. */
  start: () => Promise<void>;
}

/** Carries bytes between a port of its own and `target`, and looks at none of them. */
export async function startForwarder(target: string): Promise<Forwarder> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let listener = createServer();
  let own = 0;

  function carry(client: Socket) {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, far],
      [far, client],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }

  async function start() {
    // The other half of the tests may have somebody at the port for a moment.
    await waitFor('the port to be free', async () => {
      listener = createServer(carry);
      await new Promise<void>((resolve, reject) => {
        listener.once('error', reject);
        listener.listen(own, '127.0.0.1', resolve);
      });
      return true;
    });
    own = (listener.address() as AddressInfo).port;
  }

  async function stop() {
    const closed = new Promise(resolve => listener.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  }

  await start();
  return { url: `https://127.0.0.1:${own}`, start, stop };
}
