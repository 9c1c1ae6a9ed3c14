import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Redis } from 'ioredis';
import type { AccessTokens, Identity } from '../access-tokens.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database.ts';
import type { Health } from '../health.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Relay } from '../outbox.ts';
import type { Progress } from '../progress.ts';
import type { RefreshTokens } from '../refresh-tokens.ts';
import type { Span, Tracing } from '../tracing.ts';

export interface Context {
  config: Config;
  logger: Logger;
  database: Database;
  redis: Redis;
  metrics: Metrics;
  tracing: Tracing;
  health: Health;
  accessTokens: AccessTokens;
  refreshTokens: RefreshTokens;
  progress: Progress;
  jobsRelay: Relay<'queue:jobs'>;
  eventsRelay: Relay<'broker:events'>;
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | null;
    span: Span | null;
  }
}
