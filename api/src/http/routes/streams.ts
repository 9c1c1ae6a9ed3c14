import type { FastifyReply, FastifyRequest } from 'fastify';
import { jobExists } from '../../jobs/followed-jobs.ts';
import { JobFeeds } from '../../jobs/job-feeds.ts';
import { noSuchJob } from '../../jobs/jobs.ts';
import { identityOf, requireIdentity } from '../authentication.ts';
import { onceClosed } from '../connections.ts';
import type { App, Context } from '../context.ts';
import { JobEvent, JobParams, problems } from '../schemas.ts';
import { countStreams, permissionOf } from '../limits/stream-limits.ts';

const security = [{ accessToken: [] }];
const config = { isStream: true };
const ENDS = 'Ends with the access token, and when the account signs out: open it again with a new token.';
const EVENTS = {
  description: 'Server-sent events named progress; the data of each is the job.',
  content: { 'text/event-stream': { schema: JobEvent } },
};

export function streamRoutes(app: App, context: Context): void {
  const { database, logger, progress, metrics, sessionEnds } = context;
  const feeds = new JobFeeds(database, progress, logger);
  const onRequest = [requireIdentity, countStreams(context.config.streamsPerAccount, metrics)];

  app.addHook('preClose', (done) => {
    feeds.endAll();
    done();
  });

  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    jobId?: string,
  ): Promise<FastifyReply> => {
    const permission = await permissionOf(request, reply, sessionEnds);
    const stream = feeds.open(identityOf(request).tenantId, jobId);
    const end = (): void => {
      stream.end();
    };
    if (permission.aborted) end();
    permission.addEventListener('abort', end);
    onceClosed(reply.raw, request.raw.socket, () => stream.destroy());
    return reply
      .headers({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      })
      .send(stream);
  };

  app.get(
    '/jobs/:id/events',
    {
      exposeHeadRoute: false,
      config,
      onRequest,
      schema: {
        summary: 'Follow a job to its end',
        description: ENDS,
        tags: ['jobs'],
        security,
        params: JobParams,
        response: { 200: EVENTS, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await jobExists(database, identityOf(request).tenantId, id))) throw noSuchJob();
      return answer(request, reply, id);
    },
  );

  app.get(
    '/jobs/events',
    {
      exposeHeadRoute: false,
      config,
      onRequest,
      schema: {
        summary: 'Follow all jobs',
        description: `Begins with the jobs that are not finished. ${ENDS}`,
        tags: ['jobs'],
        security,
        response: { 200: EVENTS, ...problems(401) },
      },
    },
    async (request, reply) => answer(request, reply),
  );
}
