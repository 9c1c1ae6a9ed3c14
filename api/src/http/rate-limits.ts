import rateLimit, { type FastifyRateLimitStore } from '@fastify/rate-limit';
import { Problem } from '../errors.ts';
import { addressOf } from './address.ts';
import type { App, Context } from './context.ts';
import { type Count, RateCounts } from './rate-counts.ts';

const WINDOW_MS = 60_000;

/** Counts each request of any address and method but the probes. */
export async function limitRates(app: App, { config, redis }: Context): Promise<void> {
  const counts = new RateCounts(redis, WINDOW_MS);
  class Store implements FastifyRateLimitStore {
    incr(key: string, answer: (error: Error | null, count?: Count) => void): void {
      answer(null, counts.count(key));
    }

    child(): this {
      return this;
    }
  }
  await app.register(rateLimit, {
    global: false,
    store: Store,
    timeWindow: WINDOW_MS,
    max: config.rateLimitPerMinute,
    allowList: (request) => request.routeOptions.config.rateLimit === false,
    keyGenerator: (request) =>
      request.identity ? `user:${request.identity.userId}` : `address:${addressOf(request)}`,
    errorResponseBuilder: (_request, { after }) =>
      new Problem(429, 'too_many_requests', `Too many requests. Try again in ${after}.`),
  });
  app.addHook('onRequest', app.rateLimit());
}
