import { findJob, noSuchJob } from '../../jobs/jobs.ts';
import { attemptsOf } from '../../jobs/single-job/attempts.ts';
import { cancelJob } from '../../jobs/single-job/cancellation.ts';
import { waitingOf } from '../../jobs/single-job/waiting.ts';
import { identityOf, requireIdentity } from '../authentication.ts';
import type { App, Context } from '../context.ts';
import {
  AttemptsAnswer,
  IdempotencyHeaders,
  JobAnswer,
  JobParams,
  problems,
  WaitingAnswer,
} from '../schemas.ts';
import { answerSubmitted } from './jobs.ts';

const security = [{ accessToken: [] }];

export function singleJobRoutes(app: App, context: Context): void {
  const { database, logger, metrics, progress, queue, submissions } = context;

  app.post(
    '/jobs/:id/cancel',
    {
      onRequest: requireIdentity,
      schema: {
        summary: 'Cancel a job that is queued or running',
        description:
          'Once this is answered with 200 the job has had no effect and will have none. A cancelled job is answered with 200 ' +
          'again, one that has succeeded or failed with 409.',
        tags: ['jobs'],
        security,
        params: JobParams,
        response: { 200: JobAnswer, ...problems(401, 404, 409) },
      },
    },
    async (request) => {
      const { tenantId } = identityOf(request);
      const { job, isNew } = await cancelJob(database, tenantId, request.params.id);
      if (isNew) {
        metrics.jobsCancelled.inc({ kind: job.kind });
        progress.publish(tenantId, job.id);
        queue.remove(job.id).catch((error: unknown) => {
          logger.debug({ err: error, jobId: job.id }, 'cancelled job left in the queue');
        });
      }
      return job;
    },
  );

  app.post(
    '/jobs/:id/run-again',
    {
      onRequest: requireIdentity,
      schema: {
        summary: 'Submit a job with the input of another, once for each Idempotency-Key',
        description:
          'The other job may have any status, and stays as it is: a failed one is retried by this too. The new job counts ' +
          'towards every limit.',
        tags: ['jobs'],
        security,
        params: JobParams,
        headers: IdempotencyHeaders,
        response: { 200: JobAnswer, 202: JobAnswer, ...problems(401, 404, 422) },
      },
    },
    async (request, reply) => {
      const { tenantId, userId } = identityOf(request);
      const job = await findJob(database, tenantId, request.params.id);
      if (!job) throw noSuchJob();
      const submitted = await submissions.submit({
        kind: job.kind,
        payload: job.payload as object,
        tenantId,
        userId,
        idempotencyKey: request.headers['idempotency-key'],
        requestId: request.id,
        traceparent: request.span?.traceparent ?? '',
        runAgainOf: job.id,
      });
      return answerSubmitted(context, tenantId, submitted, reply);
    },
  );

  app.get(
    '/jobs/:id/attempts',
    {
      onRequest: requireIdentity,
      schema: {
        summary: 'List the attempts of a job',
        tags: ['jobs'],
        security,
        params: JobParams,
        response: { 200: AttemptsAnswer, ...problems(401, 404) },
      },
    },
    async (request) => ({
      items: await attemptsOf(database, identityOf(request).tenantId, request.params.id),
    }),
  );

  app.get(
    '/jobs/:id/waiting',
    {
      onRequest: requireIdentity,
      schema: {
        summary: 'Tell what a job waits for',
        tags: ['jobs'],
        security,
        params: JobParams,
        response: { 200: WaitingAnswer, ...problems(401, 404) },
      },
    },
    async (request) => {
      const job = await findJob(database, identityOf(request).tenantId, request.params.id);
      if (!job) throw noSuchJob();
      return waitingOf(queue, job);
    },
  );
}
