import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../errors.ts';
import type { App, Context } from './context.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For routes that take passwords: fewer requests, counted by address. */
    strictLimit?: boolean;
  }
}

const WINDOW_MS = 60_000;
const IPV6_SUBNET = 64;

/** Counts in Redis, over all replicas. While Redis is not available, no request is refused. */
export async function limitRates(app: App, { config, redis }: Context): Promise<void> {
  const isStrict = (request: FastifyRequest): boolean => request.routeOptions.config.strictLimit === true;
  await app.register(rateLimit, {
    redis,
    nameSpace: 'rate:',
    skipOnError: true,
    timeWindow: WINDOW_MS,
    max: (request) => (isStrict(request) ? config.sessionRateLimitPerMinute : config.rateLimitPerMinute),
    keyGenerator: (request) => {
      const address = normalizeIP(request.ip, IPV6_SUBNET);
      if (isStrict(request)) return `sessions:${address}`;
      return request.identity ? `user:${request.identity.userId}` : `address:${address}`;
    },
    errorResponseBuilder: (_request, { after }) =>
      new Problem(429, `Too many requests. Try again in ${after}.`),
  });
}
