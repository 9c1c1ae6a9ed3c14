import type { FastifyRequest } from 'fastify';
import type { AccessTokens, Identity } from '../accounts/access-tokens.ts';
import { Problem } from '../errors.ts';
import type { App } from './context.ts';

const BEARER = /^Bearer +(\S+)$/i;

/** Learns who asks, if they say; the rate limit needs it before a route asks for it. */
export function identify(app: App, tokens: AccessTokens): void {
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request) => {
    const [, token] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    if (token !== undefined) request.identity = (await tokens.verify(token)) ?? null;
  });
}

/** Route hook; as `onRequest` it runs before a body is read. */
export function requireIdentity(
  request: FastifyRequest,
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  if (request.identity) done();
  else done(new Problem(401, 'Send a valid access token: Authorization: Bearer.'));
}

export function identityOf(request: FastifyRequest): Identity {
  if (!request.identity) throw new Problem(401, 'Send a valid access token: Authorization: Bearer.');
  return request.identity;
}
