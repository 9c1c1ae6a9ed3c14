import { Problem } from '../../errors.ts';
import { findJob, listJobs, usageOf } from '../../jobs/jobs.ts';
import { identityOf, requireIdentity } from '../authentication.ts';
import type { App, Context } from '../context.ts';
import {
  IdempotencyHeaders,
  JobAnswer,
  JobPageAnswer,
  JobParams,
  ListQuery,
  NewJobBody,
  PAGE_SIZE,
  problems,
  UsageAnswer,
} from '../schemas.ts';

const security = [{ accessToken: [] }];

export function jobRoutes(app: App, { database, jobsRelay, metrics, progress, submissions }: Context): void {
  app.post(
    '/jobs',
    {
      onRequest: requireIdentity,
      schema: {
        summary: 'Submit a job, once for each Idempotency-Key',
        tags: ['jobs'],
        security,
        headers: IdempotencyHeaders,
        body: NewJobBody,
        response: { 200: JobAnswer, 202: JobAnswer, ...problems(401, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { tenantId } = identityOf(request);
      const { job, isNew } = await submissions.submit({
        ...request.body,
        tenantId,
        idempotencyKey: request.headers['idempotency-key'],
        requestId: request.id,
        traceparent: request.span?.traceparent ?? '',
      });
      if (isNew) {
        jobsRelay.wake();
        progress.publish(tenantId, job.id);
        metrics.jobsSubmitted.inc({ kind: job.kind });
      }
      return reply
        .code(isNew ? 202 : 200)
        .header('location', `${request.routeOptions.url ?? ''}/${job.id}`)
        .send(job);
    },
  );

  app.get(
    '/jobs',
    {
      onRequest: requireIdentity,
      schema: {
        summary: 'List jobs, newest first',
        tags: ['jobs'],
        security,
        querystring: ListQuery,
        response: { 200: JobPageAnswer, ...problems(401) },
      },
    },
    (request) => listJobs(database, identityOf(request).tenantId, { limit: PAGE_SIZE, ...request.query }),
  );

  app.get(
    '/jobs/:id',
    {
      onRequest: requireIdentity,
      schema: {
        summary: 'Get a job',
        tags: ['jobs'],
        security,
        params: JobParams,
        response: { 200: JobAnswer, ...problems(401, 404) },
      },
    },
    async (request) => {
      const job = await findJob(database, identityOf(request).tenantId, request.params.id);
      if (!job) throw new Problem(404, 'There is no such job.');
      return job;
    },
  );

  app.get(
    '/usage',
    {
      onRequest: requireIdentity,
      schema: {
        summary: 'What the tenant has used',
        tags: ['jobs'],
        security,
        response: { 200: UsageAnswer, ...problems(401) },
      },
    },
    (request) => usageOf(database, identityOf(request).tenantId),
  );
}
