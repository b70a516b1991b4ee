import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What befalls one connection, once so many bytes went one way. */
export interface Fault {
  /** `up` is towards the server. */
  way: 'up' | 'down';
  after: number;
  /** `cut` ends both sides, `reset` with RST, `stall` lets nothing through any more. */
  how: 'cut' | 'reset' | 'stall';
}

/** A TCP proxy on loopback that breaks connections where a test says. */
export class FaultProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Asked for each new connection, counted from 0; undefined lets it be. */
  plan: (connection: number) => Fault | undefined = () => undefined;
  /** How many connections were made. */
  connections = 0;
  /** Bytes that went through on the last connection. */
  moved = { up: 0, down: 0 };

  static async start(port: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(port);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(port: number) {
    this.#server = createServer({ noDelay: true }, (client) =>
      this.#join(client, connect({ port, host: '127.0.0.1', noDelay: true })),
    );
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return address.port;
  }

  reset(): void {
    this.plan = () => undefined;
    this.connections = 0;
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.reset();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    const fault = this.plan(this.connections++);
    const moved = { up: 0, down: 0 };
    this.moved = moved;
    const both = [client, server];
    for (const socket of both) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    const flow = (from: Socket, to: Socket, way: 'up' | 'down') => {
      from.on('data', (chunk) => {
        const left = fault?.way === way ? Math.max(0, fault.after - moved[way]) : chunk.length;
        const passed = chunk.subarray(0, left);
        moved[way] += passed.length;
        if (passed.length > 0 && !to.write(passed)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
        if (passed.length === chunk.length || !fault) return;
        if (fault.how === 'stall') from.pause();
        else
          for (const socket of both) fault.how === 'reset' ? socket.resetAndDestroy() : socket.destroySoon();
      });
      from.on('end', () => to.end());
    };
    flow(client, server, 'up');
    flow(server, client, 'down');
  }
}
