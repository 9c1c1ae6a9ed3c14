import type { FastifyRequest } from 'fastify';
import { Problem } from '../../errors.ts';
import { addressOf } from '../address.ts';
import type { App, Context } from '../context.ts';
import { RateCounts } from './rate-counts.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of probes. */
    isUnlimited?: true;
  }
}

const WINDOW_MS = 60_000;

/**
 * Counts each request of any method and path but the probes: for its address, and for the account of its token too. So
 * neither several accounts nor several addresses multiply the limit.
 */
export function limitRates(app: App, { config, redis }: Context): void {
  const counts = new RateCounts(redis, WINDOW_MS);
  const limit = config.rateLimitPerMinute;
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.isUnlimited) {
      done();
      return;
    }
    const address = counts.count(`address:${addressOf(request)}`);
    const account = request.identity && counts.count(`user:${request.identity.userId}`);
    const { current, ttl } = account && account.current > address.current ? account : address;
    const seconds = Math.ceil(ttl / 1000);
    reply
      .header('x-ratelimit-limit', limit)
      .header('x-ratelimit-remaining', Math.max(0, limit - current))
      .header('x-ratelimit-reset', seconds);
    if (current <= limit) done();
    else
      done(
        new Problem(429, 'too_many_requests', `Too many requests. Try again in ${seconds} seconds.`, {
          retryAfterSeconds: seconds,
        }),
      );
  });
}

/** By its account, or by its address without one. */
export function clientOf(request: FastifyRequest): string {
  return request.identity ? `user:${request.identity.userId}` : `address:${addressOf(request)}`;
}
