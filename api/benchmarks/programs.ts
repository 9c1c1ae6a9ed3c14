import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Measured } from './comparison.ts';

export type Variables = Readonly<Record<string, string>>;

export interface Program {
  pid: number;
  /** Why it cannot become ready any more. */
  failure: () => Error | undefined;
  stop: () => Promise<void>;
}

/** One that is ready for requests. */
export interface Served {
  program: Program;
  port: number;
  readyMs: number;
}

/** Node's own line for each client of its inspector. */
const OF_INSPECTOR = 'Debugger attached.';
const LOOK_AGAIN_MS = 500;
const LOOK_OFTEN_MS = 50;
const STEADY_LOOKS = 6;
const STEADY_MEGABYTES = 1;

/** A process of its own, as in production. */
export function startProgram(file: string, variables: Variables): Program {
  const child = spawn(process.execPath, [file], {
    env: { NODE_ENV: 'production', ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line !== OF_INSPECTOR) console.error(line);
  });
  const ended = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    failure: () => (child.exitCode === null ? undefined : new Error(`${file} ended with ${child.exitCode}`)),
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

/** Options of Node for a process whose garbage can be collected from here; with `http` alone it prints nothing of it. */
export function inspectorOptions(port: number): string {
  return `--inspect=127.0.0.1:${port} --inspect-publish-uid=http`;
}

/** As src/garbage.ts does it, in a process with these options: what is left is held. */
export async function collectGarbage(port: number): Promise<void> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  await once(socket, 'open');
  socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
  await once(socket, 'message');
  socket.close();
}

/** Resident memory, once it neither grows nor shrinks. */
export async function memoryAtRest({ pid }: Program): Promise<Measured> {
  const looks: number[] = [];
  for (;;) {
    looks.push(residentMegabytes(pid));
    const last = looks.slice(-STEADY_LOOKS);
    if (last.length === STEADY_LOOKS && Math.max(...last) - Math.min(...last) < STEADY_MEGABYTES)
      return { MB: residentMegabytes(pid) };
    await delay(LOOK_AGAIN_MS);
  }
}

/** The most resident memory until it is stopped. */
export class MostMemory {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #most = 0;

  constructor({ pid }: Program) {
    this.#pid = pid;
    this.#timer = setInterval(() => {
      this.#look();
    }, LOOK_OFTEN_MS);
  }

  stop(): number {
    clearInterval(this.#timer);
    this.#look();
    return this.#most;
  }

  #look(): void {
    this.#most = Math.max(this.#most, residentMegabytes(this.#pid));
  }
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Processor time, in user and system mode (proc_pid_stat(5), fields 14 and 15, in hundredths of a second). */
export function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** What to end or remove afterwards, the last first; also when the run is interrupted. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];
  #running: Promise<void> | undefined;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.once(signal, () => {
        void this.run().finally(() => process.exit(1));
      });
    }
  }

  add(step: () => unknown): void {
    this.#steps.unshift(step);
  }

  run(): Promise<void> {
    return (this.#running ??= this.#runSteps());
  }

  async #runSteps(): Promise<void> {
    for (const step of this.#steps.splice(0)) await step();
  }
}
