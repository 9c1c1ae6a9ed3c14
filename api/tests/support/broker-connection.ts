/**
 * How the applications' RabbitMQ clients reconnect: one table of cases that the tests of both packages run against a
 * real broker. It needs nothing but Node, since the packages share no modules.
 */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { eventually } from './processes.ts';

interface BrokerClient {
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface LogLine {
  level: string;
  msg: string;
}

export interface Setting {
  /** A client of the broker at a port, with the queue `events`. */
  connect: (port: number) => Promise<BrokerClient>;
  /** What the client has logged. */
  lines: () => LogLine[];
  /** Deletes the client's queue at the broker. */
  deleteQueue: () => Promise<unknown>;
}

const FAILED = { level: 'warn', msg: 'broker connection failed' };
const RESTORED = { level: 'info', msg: 'broker connection restored' };
const UNAVAILABLE = /broker is not available/;
const BASE_MS = 100;
const CAP_MS = 5_000;
/** After so many failures the ceiling of the waits is at its cap. */
const MANY = 12;
/** Well below the cap, and below what an attempt may take. */
const SOON_MS = 2_000;

type Case = (setting: Setting, proxy: BrokerProxy) => Promise<void>;

export const CASES: Record<string, Case> = {
  'connects before its first use, and logs nothing': async ({ connect, lines }, proxy) => {
    const client = await connect(proxy.port);
    await eventually(() => proxy.attempts.length === 1);
    await client.check();
    await client.close();

    equal(proxy.attempts.length, 1);
    deepEqual(lines(), []);
  },

  'makes its first use wait for the attempt in progress': async ({ connect }, proxy) => {
    const client = await connect(proxy.port);

    await client.check();
    await client.close();
  },

  'connects again by itself, and logs one failure and one recovery for each outage': async (
    { connect, lines },
    proxy,
  ) => {
    drawWaits(0);
    const client = await connect(proxy.port);
    await client.check();
    for (let outages = 1; outages <= 2; outages++) {
      const before = proxy.attempts.length;
      proxy.refuse();
      await eventually(() => proxy.attempts.length > before + MANY);
      await rejects(client.check(), UNAVAILABLE);
      proxy.forward();
      await eventually(() => lines().length === 2 * outages);
      await client.check();
    }
    await client.close();

    deepEqual(lines(), [FAILED, RESTORED, FAILED, RESTORED]);
  },

  'replaces a channel that the broker closed, and declares its queues again': async (
    { connect, lines, deleteQueue },
    proxy,
  ) => {
    const client = await connect(proxy.port);
    await client.check();
    await deleteQueue();
    await rejects(client.check(), UNAVAILABLE);
    await eventually(async () => (await client.check(), true));
    await eventually(() => lines().length === 2);
    await client.close();

    deepEqual(lines(), [FAILED, RESTORED]);
  },

  'waits up to twice as long after each failure, from 100 ms on': async ({ connect }, proxy) => {
    drawWaits(1);
    proxy.refuse();
    const client = await connect(proxy.port);
    await eventually(() => proxy.attempts.length === 5);
    await client.close();

    for (const [index, wait] of proxy.waits().entries()) atLeast(wait, BASE_MS * 2 ** index);
  },

  'waits longer after each connection that ends at once, and logs one failure': async (
    { connect, lines },
    proxy,
  ) => {
    drawWaits(1);
    const client = await connect(proxy.port);
    for (let ends = 1; ends <= 5; ends++) {
      await eventually(async () => (await client.check(), true));
      proxy.disconnect();
      await eventually(() => proxy.attempts.length > ends);
    }
    await client.close();

    for (const [index, wait] of proxy.waits().entries()) atLeast(wait, BASE_MS * 2 ** index);
    deepEqual(lines(), [FAILED]);
  },

  'waits for 5 s at most': async ({ connect }, proxy) => {
    const client = await connectInVain(connect, proxy);
    const wait = await eventually(() => proxy.waits().find((each) => each > SOON_MS));
    await client.close();

    atLeast(wait, CAP_MS);
    ok(wait < 2 * CAP_MS, `waited for ${wait} ms`);
  },

  'fails a use at once while it waits, and stops at once': async ({ connect, lines }, proxy) => {
    const client = await connectInVain(connect, proxy);
    const start = performance.now();
    await rejects(client.check(), UNAVAILABLE);
    await client.close();
    const attempts = proxy.attempts.length;

    ok(performance.now() - start < SOON_MS);
    deepEqual(lines(), [FAILED]);
    equal(proxy.attempts.length, attempts);
  },

  'stops at once while the broker does not answer': async ({ connect, lines }, proxy) => {
    proxy.ignore();
    const client = await connect(proxy.port);
    await eventually(() => proxy.attempts.length === 1);
    const start = performance.now();
    await client.close();

    ok(performance.now() - start < SOON_MS);
    deepEqual(lines(), []);
  },
};

export async function runCase(run: Case, setting: Setting, rabbitPort: number): Promise<void> {
  const random = Math.random;
  const proxy = await BrokerProxy.to(rabbitPort);
  try {
    await run(setting, proxy);
  } finally {
    Math.random = random;
    proxy.close();
  }
}

/** A client that is in a wait of 5 s. */
async function connectInVain(connectClient: Setting['connect'], proxy: BrokerProxy): Promise<BrokerClient> {
  drawWaits(0);
  proxy.refuse();
  const client = await connectClient(proxy.port);
  await eventually(() => proxy.attempts.length > MANY);
  drawWaits(1);
  await eventually(() => performance.now() - (proxy.attempts.at(-1) ?? 0) > 5 * BASE_MS);
  return client;
}

/** From now on each wait is this part of what it may be at most. */
function drawWaits(part: 0 | 1): void {
  Math.random = () => part;
}

/** Timers may be early by the part of a millisecond that they round off. */
function atLeast(milliseconds: number, least: number): void {
  ok(milliseconds >= least - 2, `waited for ${milliseconds} ms, less than ${least} ms`);
}

/** A TCP proxy of a broker that forwards, refuses or ignores its clients, and records when each connects. */
class BrokerProxy {
  readonly port: number;
  readonly attempts: number[] = [];
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #accept: (client: Socket) => void;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    this.#accept = this.#connect;
    server.on('connection', (client) => {
      this.attempts.push(performance.now());
      this.#track(client);
      this.#accept(client);
    });
  }

  static async to(target: number): Promise<BrokerProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new BrokerProxy(server, target);
  }

  forward(): void {
    this.#accept = this.#connect;
  }

  /** Ends the present connections, and each new one. */
  refuse(): void {
    this.#accept = (client) => client.destroy();
    this.disconnect();
  }

  /** Ends the present connections. */
  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  ignore(): void {
    this.#accept = () => undefined;
  }

  /** Milliseconds between attempts. */
  waits(): number[] {
    return this.attempts.slice(1).map((time, index) => time - (this.attempts[index] ?? 0));
  }

  close(): void {
    this.#server.close();
    this.disconnect();
  }

  readonly #connect = (client: Socket): void => {
    const upstream = connect(this.#target, '127.0.0.1');
    this.#track(upstream);
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  };

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
