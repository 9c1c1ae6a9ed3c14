import { Problem } from '../errors.ts';
import type { App } from './context.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'];

/** Records the routes added from now on. Returns a function that adds a 405 response for their other methods. */
export function refuseOtherMethods(app: App): () => void {
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set();
    known.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  return () => {
    for (const [url, methods] of [...known]) refuse(app, url, [...methods]);
  };
}

function refuse(app: App, url: string, allowed: string[]): void {
  const allow = allowed.join(', ');
  app.route({
    method: METHODS.filter((method) => !allowed.includes(method)),
    url,
    schema: { hide: true },
    onRequest: (_request, reply, done) => {
      reply.header('allow', allow);
      done(new Problem(405, 'method_not_allowed', `Only ${allow} can be used here.`));
    },
    handler: () => undefined,
  });
}
