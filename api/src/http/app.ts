import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import cookie from '@fastify/cookie';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { Problem } from '../errors.ts';
import { accountRoutes } from './routes/accounts.ts';
import { identify } from './authentication.ts';
import { trackConnections } from './connections.ts';
import type { App, Context } from './context.ts';
import { docsRoutes } from './routes/docs.ts';
import { healthRoutes } from './routes/health.ts';
import { jobRoutes } from './routes/jobs.ts';
import { singleJobRoutes } from './routes/single-job.ts';
import { limitLoad } from './limits/load-limits.ts';
import { limitRates } from './limits/rate-limits.ts';
import { refuseOtherMethods } from './methods.ts';
import { observe } from './observation.ts';
import { answerError, exceptOfProblems, rawAnswer } from './problems.ts';
import { RequestLogger } from './request-logger.ts';
import { createSerializers, type ValidatorFactory } from './schema-compilers.ts';
import { addSchemas } from './schemas.ts';
import { securityHeaders } from './security-headers.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { streamRoutes } from './routes/streams.ts';
import { createValidatorCompiler } from './validation.ts';

const BODY_BYTES = 256 * 1024;
/** Above the load balancer's idle timeout of 60 s: the load balancer must be the one that closes. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_MS = 66_000;
const REQUEST_MS = 70_000;
/** For a connection on which nothing moves while a response is sent, and none that waits for a request. */
const STALLED_MS = 75_000;
const REQUEST_ID = /^[A-Za-z0-9-]{8,64}$/;

const PREFIX = '/api/v1';
const ROUTES = [accountRoutes, sessionRoutes, streamRoutes, jobRoutes, singleJobRoutes, docsRoutes];
const HEADERS = {
  ...securityHeaders({ defaultSrc: ["'none'"], frameAncestors: ["'none'"] }),
  'cache-control': 'no-store',
};

export async function buildApp(context: Context): Promise<App> {
  const { config, health } = context;
  const loggerInstance: FastifyBaseLogger = context.logger;
  const app: App = Fastify({
    loggerInstance,
    genReqId: requestId,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    trustProxy: (_address, hop) => hop < config.trustedProxies,
    bodyLimit: BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS,
    connectionTimeout: STALLED_MS,
    forceCloseConnections: false,
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply);
    },
    clientErrorHandler: refuse,
    schemaController: {
      compilersFactory: {
        buildValidator: createValidatorCompiler as unknown as ValidatorFactory,
        buildSerializer: exceptOfProblems(createSerializers),
      },
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setChildLoggerFactory((logger, bindings) => new RequestLogger(logger, bindings));
  app.server.headersTimeout = HEADERS_MS;
  const closeConnections = trackConnections(app.server);
  app.addHook('preClose', (done) => {
    closeConnections();
    done();
  });
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(() => {
    throw new Problem(404, 'not_found', 'There is nothing at this address.');
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(HEADERS).header('x-request-id', request.id);
    if (health.stopping) reply.header('connection', 'close');
    done();
  });
  observe(app, context);
  await app.register(cookie);
  identify(app, context.accessTokens);
  limitRates(app, context);
  limitLoad(app);
  const refuseOthers = refuseOtherMethods(app);
  healthRoutes(app, health);
  await addRoutes(app, context);
  refuseOthers();
  return app;
}

/** The routes for their schemas alone. They are not called: what they would use is not there. */
export function addUncalledRoutes(app: FastifyInstance): Promise<void> {
  return addRoutes(app, new Proxy({}, { get: () => ({}) }) as Context);
}

/** Those of the contract. */
async function addRoutes(app: FastifyInstance, context: Context): Promise<void> {
  addSchemas(app);
  for (const routes of ROUTES) {
    await app.register(
      (scope, _options, done) => {
        routes(scope.withTypeProvider<TypeBoxTypeProvider>(), context);
        done();
      },
      { prefix: PREFIX },
    );
  }
}

function requestId(request: IncomingMessage): string {
  const sent = request.headers['x-request-id'];
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
}

function refuse(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  socket.end(rawAnswer(status, randomUUID()));
}
