import rateLimit, { type FastifyRateLimitStore, normalizeIP } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../errors.ts';
import type { App, Context } from './context.ts';
import { type Count, RateCounts } from './rate-counts.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For routes that take passwords: fewer requests, counted by address. */
    strictLimit?: boolean;
  }
}

const WINDOW_MS = 60_000;
const IPV6_SUBNET = 64;

const STRICT = 'sessions:';

/** While Redis is not available, no request is refused by a strict limit. */
export async function limitRates(app: App, { config, redis }: Context): Promise<void> {
  const counts = new RateCounts(redis, WINDOW_MS);
  const isStrict = (request: FastifyRequest): boolean => request.routeOptions.config.strictLimit === true;
  class Store implements FastifyRateLimitStore {
    incr(key: string, answer: (error: Error | null, count?: Count) => void): void {
      if (!key.startsWith(STRICT)) {
        answer(null, counts.count(key));
        return;
      }
      counts.countExactly(key).then(
        (count) => {
          answer(null, count);
        },
        (error: unknown) => {
          answer(error as Error);
        },
      );
    }

    child(): this {
      return this;
    }
  }
  await app.register(rateLimit, {
    store: Store,
    skipOnError: true,
    timeWindow: WINDOW_MS,
    max: (request) => (isStrict(request) ? config.sessionRateLimitPerMinute : config.rateLimitPerMinute),
    keyGenerator: (request) => {
      if (!isStrict(request) && request.identity) return `user:${request.identity.userId}`;
      return `${isStrict(request) ? STRICT : 'address:'}${normalizeIP(request.ip, IPV6_SUBNET)}`;
    },
    errorResponseBuilder: (_request, { after }) =>
      new Problem(429, `Too many requests. Try again in ${after}.`),
  });
}
