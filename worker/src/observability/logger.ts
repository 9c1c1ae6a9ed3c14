import pino, { type DestinationStream, type Logger } from 'pino';
import type { ServiceConfig } from '../config.ts';

export type { Logger } from 'pino';

const SECRET_NAMES = ['authorization', 'cookie', 'set-cookie', 'password', 'passwordHash', 'payload', 'text'];
const SECRET_PATHS = SECRET_NAMES.flatMap((name) => {
  const path = name.includes('-') ? `["${name}"]` : name;
  const below = name.includes('-') ? `*["${name}"]` : `*.${name}`;
  return [path, below, `*.${below}`];
});

export function createLogger(config: ServiceConfig, destination?: DestinationStream): Logger {
  return pino(
    {
      level: config.logLevel,
      base: { service: config.service, version: config.version, environment: config.environment },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      redact: { paths: SECRET_PATHS, remove: true },
      serializers: { err: serializeError },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
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
