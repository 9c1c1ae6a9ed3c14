import type { FastifyBaseLogger } from 'fastify';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
type Line = [unknown, ...unknown[]];

/** A child logger that is made when it first writes: most requests write only the line of listed fields. */
export class RequestLogger implements FastifyBaseLogger {
  readonly level: string;
  readonly #parent: FastifyBaseLogger;
  readonly #bindings: object;
  #made: FastifyBaseLogger | undefined;

  constructor(parent: FastifyBaseLogger, bindings: object) {
    this.level = parent.level;
    this.#parent = parent;
    this.#bindings = bindings;
  }

  child(bindings: object): FastifyBaseLogger {
    return new RequestLogger(this.#parent, { ...this.#bindings, ...bindings });
  }

  fatal(...line: Line): void {
    this.#write('fatal', line);
  }

  error(...line: Line): void {
    this.#write('error', line);
  }

  warn(...line: Line): void {
    this.#write('warn', line);
  }

  info(...line: Line): void {
    this.#write('info', line);
  }

  debug(...line: Line): void {
    this.#write('debug', line);
  }

  trace(...line: Line): void {
    this.#write('trace', line);
  }

  silent(...line: Line): void {
    this.#write('silent', line);
  }

  #write(level: Level, line: Line): void {
    this.#made ??= this.#parent.child(this.#bindings);
    Reflect.apply(this.#made[level], this.#made, line);
  }
}
