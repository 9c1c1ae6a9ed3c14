import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that can be cut off, and restored on the same port. */
export class CuttableProxy {
  readonly port: number;
  readonly #target: number;
  readonly #onConnection: (client: Socket) => void;
  readonly #sockets = new Set<Socket>();
  #server: Server;

  private constructor(server: Server, target: number, onConnection: (client: Socket) => void) {
    this.#server = server;
    this.#target = target;
    this.#onConnection = onConnection;
    this.port = (server.address() as AddressInfo).port;
    this.#accept();
  }

  static async to(
    target: number,
    onConnection: (client: Socket) => void = () => undefined,
  ): Promise<CuttableProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CuttableProxy(server, target, onConnection);
  }

  async cut(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async restore(): Promise<void> {
    this.#server = createServer().listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#accept();
  }

  #accept(): void {
    this.#server.on('connection', (client) => {
      this.#onConnection(client);
      const upstream = connect(this.#target, '127.0.0.1');
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }
}
