import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, type ProblemCode, Unavailable } from '../errors.ts';
import type { SerializerFactory } from './schema-compilers.ts';
import { fieldError, REPEATED } from './validation.ts';

const RETRY_AFTER_SECONDS = 2;
/** Of what Fastify and Node refuse. */
const CODES: Partial<Record<number, ProblemCode>> = {
  400: 'invalid_request',
  404: 'not_found',
  413: 'body_too_large',
  415: 'body_not_json',
};

/** Problems have a serializer: they are most of the documented answers. */
export function exceptOfProblems(create: SerializerFactory): SerializerFactory {
  return (schemas, options) => {
    const serializerOf = create(schemas, options);
    return (route) => (Number(route.httpStatus) >= 400 ? JSON.stringify : serializerOf(route));
  };
}

export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if (error instanceof Unavailable) request.log.warn({ err: error }, 'request failed');
  else if (!(error instanceof Problem) && problem.status >= 500)
    request.log.error({ err: error }, 'request failed');
  const retryAfter = problem.retryAfterSeconds ?? (problem.status === 503 ? RETRY_AFTER_SECONDS : undefined);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  reply
    .code(problem.status)
    .type('application/problem+json')
    .headers({ 'cache-control': 'no-store', 'x-request-id': request.id })
    .serializer((body: unknown) => JSON.stringify(body))
    .send(bodyOf(problem, request.id));
}

function bodyOf(problem: Problem, requestId: string): object {
  return {
    type: 'about:blank',
    title: problem.title,
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    instance: requestId,
    ...(problem.errors ? { errors: problem.errors } : {}),
    ...problem.extension,
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Unavailable)
    return new Problem(503, 'unavailable', 'A dependency of the service is not available. Try again.');
  if (!(error instanceof Error)) return new Problem(500, 'internal', 'An internal error occurred.');
  const { validation, statusCode = 500 } = error as Partial<FastifyError>;
  if (validation)
    return new Problem(400, 'invalid_request', 'The request is not valid.', {
      errors: validation.map(fieldError),
    });
  if (statusCode >= 400 && statusCode < 500)
    return new Problem(statusCode, CODES[statusCode] ?? 'refused', error.message.slice(0, REPEATED));
  return new Problem(500, 'internal', 'An internal error occurred.');
}

/** For input that is not an HTTP request. */
export function rawAnswer(status: number, requestId: string): string {
  const body = JSON.stringify(
    bodyOf(new Problem(status, CODES[status] ?? 'refused', 'The request is not valid HTTP.'), requestId),
  );
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
