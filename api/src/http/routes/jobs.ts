import type { FastifyReply } from 'fastify';
import { usageReader } from '../../accounts/usage.ts';
import { countJobs, listJobs } from '../../jobs/job-list.ts';
import { findJob, type Job, noSuchJob } from '../../jobs/jobs.ts';
import type { Submitted } from '../../jobs/submissions.ts';
import { identityOf, requireIdentity } from '../authentication.ts';
import type { App, Context } from '../context.ts';
import {
  IdempotencyHeaders,
  JobAnswer,
  JobCountsAnswer,
  JobPageAnswer,
  JobParams,
  ListQuery,
  NewJobBody,
  PAGE_SIZE,
  problems,
  UsageAnswer,
} from '../schemas.ts';

const JOBS_PATH = '/api/v1/jobs';
const security = [{ accessToken: [] }];

export function jobRoutes(app: App, context: Context): void {
  const { database, submissions } = context;
  const usageOf = usageReader(database);

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
      const { tenantId, userId } = identityOf(request);
      const submitted = await submissions.submit({
        ...request.body,
        tenantId,
        userId,
        idempotencyKey: request.headers['idempotency-key'],
        requestId: request.id,
        traceparent: request.span?.traceparent ?? '',
      });
      return answerSubmitted(context, tenantId, submitted, reply);
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
    '/jobs/counts',
    {
      onRequest: requireIdentity,
      schema: {
        summary: 'Count jobs by status',
        tags: ['jobs'],
        security,
        response: { 200: JobCountsAnswer, ...problems(401) },
      },
    },
    (request) => countJobs(database, identityOf(request).tenantId),
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
      if (!job) throw noSuchJob();
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
    (request) => usageOf(identityOf(request).tenantId),
  );
}

/** With 202 if the job is new, 200 if an earlier request with the same key created it. */
export function answerSubmitted(
  { jobsRelay, metrics, progress }: Context,
  tenantId: string,
  { job, isNew }: Submitted,
  reply: FastifyReply,
): Job {
  if (isNew) {
    jobsRelay.wake();
    progress.publish(tenantId, job.id);
    metrics.jobsSubmitted.inc({ kind: job.kind });
  }
  reply.code(isNew ? 202 : 200).header('location', `${JOBS_PATH}/${job.id}`);
  return job;
}
