import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What befalls one connection, once so many bytes went one way. */
export interface Fault {
  /** `up` is towards the server. */
  way: 'up' | 'down';
  after: number;
  /**
   * `cut` ends both sides, `reset` with RST, `stall` lets nothing through any more. `flip` changes one bit and lets all
   * through; `short` swallows the rest, and ends as if all had come.
   */
  how: 'cut' | 'reset' | 'stall' | 'flip' | 'short';
}

/** FTP's answer to EPSV, which names the port of the next data connection (RFC 2428). */
const passivePort = /(?<=\(\|\|\|)\d+(?=\|\))/;

/** A TCP proxy on loopback that breaks connections where a test says. FTP's data connections go through it too. */
export class FaultProxy {
  readonly #server: Server;
  /** One more listener for each data connection of FTP. */
  readonly #passive: Server[] = [];
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
    for (const server of [this.#server, ...this.#passive]) {
      server.close();
      await once(server, 'close');
    }
  }

  /** The port of a listener whose connections end at that data port of the server. */
  async #pass(chunk: Buffer): Promise<Buffer> {
    const text = chunk.toString('latin1');
    const port = /^229 /m.test(text) ? passivePort.exec(text)?.[0] : undefined;
    if (port === undefined) return chunk;
    const server = createServer({ noDelay: true }, (client) =>
      this.#join(client, connect({ port: Number(port), host: '127.0.0.1', noDelay: true })),
    );
    this.#passive.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const { port: own } = server.address() as { port: number };
    return Buffer.from(text.replace(passivePort, String(own)), 'latin1');
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
    const flow = async (from: Socket, to: Socket, way: 'up' | 'down') => {
      for await (const read of from as AsyncIterable<Buffer>) {
        const chunk = way === 'down' ? await this.#pass(read) : read;
        const at = fault?.way === way && fault.how === 'flip' ? fault.after - moved[way] : -1;
        if (at >= 0 && at < chunk.length) chunk[at] = (chunk[at] as number) ^ 0x10;
        const whole = fault?.way !== way || fault.how === 'flip';
        const left = whole ? chunk.length : Math.max(0, fault.after - moved[way]);
        const passed = chunk.subarray(0, left);
        moved[way] += passed.length;
        if (passed.length > 0 && !to.write(passed))
          await Promise.race([once(to, 'drain'), once(to, 'close')]);
        if (passed.length === chunk.length || !fault || fault.how === 'short') continue;
        if (fault.how === 'stall') return void (await once(from, 'close'));
        for (const socket of both) fault.how === 'reset' ? socket.resetAndDestroy() : socket.destroySoon();
        return;
      }
      to.end();
    };
    for (const [from, to, way] of [
      [client, server, 'up'],
      [server, client, 'down'],
    ] as const)
      flow(from, to, way).catch(() => undefined);
  }
}
