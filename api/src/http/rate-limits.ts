import rateLimit from '@fastify/rate-limit';
import { Problem } from '../errors.ts';
import { addressOf } from './address.ts';
import type { App, Context } from './context.ts';

const WINDOW_MS = 60_000;

/**
 * Counts in Redis, over all replicas, each request of any address and method but the probes. While Redis is not available, no
 * request is refused.
 */
export async function limitRates(app: App, { config, redis }: Context): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    redis,
    nameSpace: 'rate:',
    skipOnError: true,
    timeWindow: WINDOW_MS,
    max: config.rateLimitPerMinute,
    allowList: (request) => request.routeOptions.config.rateLimit === false,
    keyGenerator: (request) =>
      request.identity ? `user:${request.identity.userId}` : `address:${addressOf(request)}`,
    errorResponseBuilder: (_request, { after }) =>
      new Problem(429, `Too many requests. Try again in ${after}.`),
  });
  app.addHook('onRequest', app.rateLimit());
}
