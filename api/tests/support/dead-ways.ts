/**
 * A program whose connections to its servers die without being closed. It needs nothing but Node, since the packages
 * share no modules.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './processes.ts';

export interface Gateway {
  directory: string;
  file: string;
  isolated: boolean;
  programPort: number;
  ports: number[];
}

export interface Command {
  name: 'drop' | 'stop' | 'resume';
  port: number;
}

/** A network namespace of its own, in which packets can be dropped. */
const NAMESPACE = ['unshare', '--map-root-user', '--net'] as const;

/** How connections die, and why it cannot be tried here. */
export const WAYS: Record<'dropped packets' | 'a stopped proxy', { isolated: boolean; obstacle: string }> = {
  'dropped packets': { isolated: true, obstacle: obstacle() },
  'a stopped proxy': { isolated: false, obstacle: '' },
};

function obstacle(): string {
  const [unshare, ...options] = NAMESPACE;
  const { status, stderr } = spawnSync(unshare, [...options, 'iptables', '--list'], { encoding: 'utf8' });
  return status === 0 ? '' : `no network namespace with iptables: ${stderr || 'not installed'}`;
}

export class DeadWays<Name extends string> {
  readonly #isolated: boolean;
  readonly #directory = mkdtempSync(join(tmpdir(), 'plataforma-ways-'));
  readonly #servers: Server[] = [];
  readonly #ports = new Map<Name, number>();
  #program: ChildProcess | undefined;
  #output = '';

  constructor({ isolated }: { isolated: boolean }) {
    this.#isolated = isolated;
  }

  /** The port at which the program finds the server. */
  async to(name: Name, server: number): Promise<number> {
    const port = await freePort();
    this.#ports.set(name, port);
    await this.#listen(join(this.#directory, String(port)), () => connect(server, '127.0.0.1'));
    return port;
  }

  /** The URL of the program, which listens at `port`. */
  async run(file: string, port: number, variables: Record<string, string>): Promise<string> {
    const gateway: Gateway = {
      directory: this.#directory,
      file,
      isolated: this.#isolated,
      programPort: port,
      ports: [...this.#ports.values()],
    };
    const script = join(import.meta.dirname, 'dead-ways-gateway.ts');
    const command = [...(this.#isolated ? NAMESPACE : []), process.execPath, script, JSON.stringify(gateway)];
    const [executable = '', ...parameters] = command;
    this.#program = spawn(executable, parameters, { env: { PATH: process.env.PATH, ...variables } });
    for (const stream of [this.#program.stdout, this.#program.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    const server = await this.#listen(0, () => connect(join(this.#directory, 'program')));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** What the program has written, or why it has ended. */
  get output(): string {
    return this.#output;
  }

  get ended(): boolean {
    return this.#program?.exitCode !== null;
  }

  /** From now on nothing passes on the connections to the server; nor, until `restore`, on new ones where a proxy stopped. */
  cut(name: Name): void {
    this.#tell(this.#isolated ? 'drop' : 'stop', name);
  }

  restore(name: Name): void {
    this.#tell('resume', name);
  }

  async close(): Promise<void> {
    if (this.#program?.exitCode === null) {
      const ended = once(this.#program, 'exit');
      this.#program.stdin?.end();
      await ended;
    }
    for (const server of this.#servers) server.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #tell(command: Command['name'], name: Name): void {
    const line: Command = { name: command, port: this.#ports.get(name) ?? 0 };
    this.#program?.stdin?.write(`${JSON.stringify(line)}\n`);
  }

  async #listen(place: number | string, open: () => Socket): Promise<Server> {
    const server = createServer((client) => {
      const other = open();
      client.pipe(other).pipe(client);
      for (const [socket, peer] of [
        [client, other],
        [other, client],
      ] as const) {
        socket.on('error', () => undefined);
        socket.on('close', () => peer.destroy());
      }
    });
    this.#servers.push(server);
    if (typeof place === 'string') server.listen(place);
    else server.listen(place, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }
}
