import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_MS = 25;
const START_MS = 60_000;
const STOP_MS = 10_000;

/** A local server on its own port, which can be stopped and started again. */
export class LocalServer {
  readonly port: number;
  readonly #command: readonly [string, ...string[]];
  readonly #options: SpawnOptions;
  readonly #answers: () => Promise<unknown>;
  #process: ChildProcess | undefined;

  constructor(
    port: number,
    command: readonly [string, ...string[]],
    options: SpawnOptions,
    answers: () => Promise<unknown>,
  ) {
    this.port = port;
    this.#command = command;
    this.#options = options;
    this.#answers = answers;
  }

  async start(): Promise<this> {
    const [program, ...parameters] = this.#command;
    const child = spawn(program, parameters, { stdio: 'ignore', ...this.#options });
    this.#process = child;
    process.once('exit', () => child.kill('SIGKILL'));
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    child.once('exit', (code) => (failure = new Error(`${program} ended with ${String(code)}`)));
    await eventually(
      async () => {
        if (!failure) await this.#answers();
        return true;
      },
      () => failure,
    );
    return this;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
}

/** Polls until `look` returns a value other than false; else fails with its last error as cause. */
export async function eventually<Result>(
  look: () => Promise<Result> | Result,
  failure: () => Error | undefined = () => undefined,
  lookAgainMs = LOOK_AGAIN_MS,
): Promise<NonNullable<Result>> {
  const end = Date.now() + START_MS;
  let last: unknown;
  while (Date.now() < end) {
    const fatal = failure();
    if (fatal) throw fatal;
    try {
      const result = await look();
      if (result !== null && result !== undefined && result !== false) return result;
    } catch (error) {
      last = error;
    }
    await delay(lookAgainMs);
  }
  throw new Error('the condition was not met in time', { cause: last });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface Program {
  child: ChildProcess;
  output: () => string;
  ended: Promise<unknown[]>;
}

export function runProgram(
  file: string,
  variables: Record<string, string>,
  parameters: string[] = [],
): Program {
  const child = spawn(process.execPath, [file, ...parameters], {
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output, ended: once(child, 'close') };
}
