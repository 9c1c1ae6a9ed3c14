import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SessionEnds } from '../../accounts/session-ends.ts';
import { Problem } from '../../errors.ts';
import type { Metrics } from '../../observability/metrics.ts';
import { identityOf } from '../authentication.ts';
import { onceClosed } from '../connections.ts';

const RETRY_AFTER_SECONDS = 30;

type Hook = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

/** Route hook, after requireIdentity: at most `limit` streams of one account are open in this process. */
export function countStreams(limit: number, { streams }: Metrics): Hook {
  const open = new Map<string, number>();
  return (request, reply, done) => {
    const { userId } = identityOf(request);
    const count = open.get(userId) ?? 0;
    if (count >= limit) {
      reply.header('retry-after', RETRY_AFTER_SECONDS);
      done(
        new Problem(
          429,
          'too_many_streams',
          `The account has ${count} open streams: close one before you open another.`,
        ),
      );
      return;
    }
    open.set(userId, count + 1);
    streams.inc();
    onceClosed(reply.raw, request.raw.socket, () => {
      streams.dec();
      const left = (open.get(userId) ?? 0) - 1;
      if (left > 0) open.set(userId, left);
      else open.delete(userId);
    });
    done();
  };
}

/** Aborted when the request's token expires or its session ends. */
export async function permissionOf(
  request: FastifyRequest,
  reply: FastifyReply,
  sessionEnds: SessionEnds,
): Promise<AbortSignal> {
  const { sessionId, expiresAt } = identityOf(request);
  const permission = new AbortController();
  const end = (): void => {
    permission.abort();
  };
  const timer = setTimeout(end, expiresAt.getTime() - Date.now());
  const unwatch = sessionId === undefined ? undefined : sessionEnds.watch(sessionId, end);
  onceClosed(reply.raw, request.raw.socket, () => {
    clearTimeout(timer);
    unwatch?.();
  });
  if (sessionId !== undefined && (await sessionEnds.hasEnded(sessionId)))
    throw new Problem(401, 'session_ended', 'The session has ended. Sign in again.');
  return permission.signal;
}
