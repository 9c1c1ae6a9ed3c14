import type { FastifyRequest } from 'fastify';
import type { AccessTokens, Identity } from '../accounts/access-tokens.ts';
import { Problem } from '../errors.ts';
import type { App } from './context.ts';

const BEARER = /^Bearer +(\S+)$/i;

/** Sets the identity of a request with a valid token. Before the rate limit, which counts by user. */
export function identify(app: App, tokens: AccessTokens): void {
  app.decorateRequest('identity', null);
  app.addHook('onRequest', (request, _reply, done) => {
    const [, token] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    request.identity = token === undefined ? null : (tokens.remembered(token) ?? null);
    if (token === undefined || request.identity) {
      done();
      return;
    }
    void tokens.verify(token).then((identity) => {
      request.identity = identity ?? null;
      done();
    });
  });
}

/** Route hook: as `onRequest` it runs before the body is read. */
export function requireIdentity(
  request: FastifyRequest,
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  if (request.identity) done();
  else done(new Problem(401, 'session_missing', 'Send a valid access token: Authorization: Bearer.'));
}

export function identityOf(request: FastifyRequest): Identity {
  if (!request.identity)
    throw new Problem(401, 'session_missing', 'Send a valid access token: Authorization: Bearer.');
  return request.identity;
}
