import { isTraceparent } from '../observability/tracing.ts';
import { onceClosed } from './connections.ts';
import type { App, Context } from './context.ts';

const LOGGED_PATH = 200;
const PROBE_ROUTES = ['/healthz', '/readyz'];

/** One log line, one histogram sample and one span per request. */
export function observe(app: App, { metrics, tracing }: Context): void {
  app.decorateRequest('span', null);

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
    const line = {
      method,
      route,
      path: request.url.split('?', 1)[0]?.slice(0, LOGGED_PATH),
      status,
      milliseconds: Math.round(reply.elapsedTime),
      address: request.ip,
      userId: identity?.userId,
      tenantId: identity?.tenantId,
    };
    request.log[PROBE_ROUTES.includes(route) ? 'debug' : 'info'](line, 'request');
    done();
  });
}
