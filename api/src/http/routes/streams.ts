import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../errors.ts';
import { JobStream } from '../../jobs/job-stream.ts';
import { findJob } from '../../jobs/jobs.ts';
import { identityOf, requireIdentity } from '../authentication.ts';
import type { App, Context } from '../context.ts';
import { JobEvent, JobParams, problems } from '../schemas.ts';

const security = [{ accessToken: [] }];
const EVENTS = {
  description: 'Server-sent events named progress; the data of each is the job.',
  content: { 'text/event-stream': { schema: JobEvent } },
};

export function streamRoutes(app: App, { database, progress, metrics }: Context): void {
  const open = new Set<JobStream>();

  app.addHook('preClose', (done) => {
    for (const stream of open) stream.end();
    done();
  });

  const answer = (request: FastifyRequest, reply: FastifyReply, jobId?: string): FastifyReply => {
    const stream = new JobStream(database, progress, request.log, identityOf(request).tenantId, jobId);
    open.add(stream);
    metrics.streams.inc();
    stream.output.once('close', () => {
      open.delete(stream);
      metrics.streams.dec();
    });
    return reply
      .headers({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      })
      .send(stream.output);
  };

  app.get(
    '/jobs/:id/events',
    {
      exposeHeadRoute: false,
      onRequest: requireIdentity,
      schema: {
        summary: 'Follow a job to its end',
        tags: ['jobs'],
        security,
        params: JobParams,
        response: { 200: EVENTS, ...problems(401, 404) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await findJob(database, identityOf(request).tenantId, id)))
        throw new Problem(404, 'There is no such job.');
      return answer(request, reply, id);
    },
  );

  app.get(
    '/jobs/events',
    {
      exposeHeadRoute: false,
      onRequest: requireIdentity,
      schema: {
        summary: 'Follow all jobs, without end',
        description: 'Begins with the jobs that are not finished.',
        tags: ['jobs'],
        security,
        response: { 200: EVENTS, ...problems(401) },
      },
    },
    (request, reply) => {
      answer(request, reply);
    },
  );
}
