import { isTraceparent } from '../observability/tracing.ts';
import { onceClosed } from './connections.ts';
import type { App, Context } from './context.ts';

const LOGGED_PATH = 200;
const PROBE_ROUTES = ['/healthz', '/readyz'];
/** Statuses of a route that names none. */
const UNDOCUMENTED = [200, 500, 503];

/** One log line, one histogram sample and one span per request. */
export function observe(app: App, { logger, metrics, tracing }: Context): void {
  // Its fields are listed below, and none is a secret: redaction would only look for one.
  const lines = logger.child({}, { redact: [] });
  app.decorateRequest('span', null);

  app.addHook('onRoute', ({ method, url, schema }) => {
    if (typeof method !== 'string' || method === 'HEAD') return;
    const documented = Object.keys(schema?.response ?? {}).map(Number);
    metrics.startRoute(method, url, documented.length > 0 ? documented : UNDOCUMENTED);
  });

  app.addHook('onRequest', (request, reply, done) => {
    const parent = request.headers.traceparent;
    const span = tracing.start(request.method, 'server', isTraceparent(parent) ? parent : undefined);
    request.span = span;
    request.log = reply.log = request.log.child({ traceId: span.traceId });
    metrics.requestsInFlight.inc();
    onceClosed(reply.raw, request.raw.socket, () => {
      metrics.requestsInFlight.dec();
    });
    done();
  });

  app.addHook('onResponse', (request, reply, done) => {
    const { method, identity } = request;
    const route = request.routeOptions.url ?? 'unmatched';
    const status = reply.statusCode;
    metrics.requests.observe({ method, route, status }, reply.elapsedTime / 1000);
    request.span?.end({
      name: `${method} ${route}`,
      attributes: { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status },
      failed: status >= 500,
    });
    const level = PROBE_ROUTES.includes(route) ? 'debug' : 'info';
    if (!lines.isLevelEnabled(level)) {
      done();
      return;
    }
    const line = {
      requestId: request.id,
      traceId: request.span?.traceId,
      method,
      route,
      path: request.url.split('?', 1)[0]?.slice(0, LOGGED_PATH),
      status,
      milliseconds: Math.round(reply.elapsedTime),
      address: request.ip,
      userId: identity?.userId,
      tenantId: identity?.tenantId,
    };
    lines[level](line, 'request');
    done();
  });
}
