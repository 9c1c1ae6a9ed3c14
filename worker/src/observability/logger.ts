import pino, { type DestinationStream, type Logger } from 'pino';
import type { ServiceConfig } from '../config.ts';

export type { Logger } from 'pino';

const BLOCK_BYTES = 4_096;
const FLUSH_MS = 100;
const SECRET_NAMES = ['authorization', 'cookie', 'set-cookie', 'password', 'passwordHash', 'payload', 'text'];
const SECRET_PATHS = SECRET_NAMES.flatMap((name) => {
  const path = name.includes('-') ? `["${name}"]` : name;
  const below = name.includes('-') ? `*["${name}"]` : `*.${name}`;
  return [path, below, `*.${below}`];
});

/**
 * Writes to standard output in blocks of whole lines: as soon as there are 4 KiB, after 100 ms, and when the process
 * exits. What kills it without a signal to handle (SIGKILL, out of memory) takes the lines of 100 ms at most.
 */
function blockOutput(): DestinationStream {
  const output = pino.destination({ fd: 1, sync: true, minLength: BLOCK_BYTES, periodicFlush: FLUSH_MS });
  process.on('exit', () => {
    output.flushSync();
  });
  return output;
}

export function createLogger(config: ServiceConfig, destination = blockOutput()): Logger {
  return pino(
    {
      level: config.logLevel,
      base: { service: config.service, version: config.version, environment: config.environment },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      redact: { paths: SECRET_PATHS, remove: true },
      serializers: { err: serializeError },
    },
    destination,
  );
}

/** Leaves out the fields in which drivers repeat the values of a query. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return {
    type: name,
    message,
    code,
    stack,
    ...(cause === undefined ? {} : { cause: serializeError(cause) }),
  };
}
