import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Redis } from 'ioredis';
import type { AccessTokens, Identity } from '../accounts/access-tokens.ts';
import type { GuessLimits } from '../accounts/guess-limits.ts';
import type { Config } from '../config.ts';
import type { Database } from '../stores/database.ts';
import type { Health } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Relay } from '../stores/outbox.ts';
import type { Progress } from '../jobs/progress.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import type { Submissions } from '../jobs/submissions.ts';
import type { RefreshTokens } from '../accounts/refresh-tokens.ts';
import type { SessionEnds } from '../accounts/session-ends.ts';
import type { Span, Tracing } from '../observability/tracing.ts';

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
  guessLimits: GuessLimits;
  sessionEnds: SessionEnds;
  progress: Progress;
  submissions: Submissions;
  queue: JobQueue;
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
