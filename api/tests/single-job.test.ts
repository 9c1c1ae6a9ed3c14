import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Answer, ApiClient, JobBody } from './support/client.ts';
import { eventually } from './support/processes.ts';
import { type Replica, World } from './support/world.ts';

interface WaitingBody {
  for: string;
  ahead: number | null;
  workers: number | null;
  nextAttemptAt: string | null;
}

describe.skipIf(inject('skipReason'))('one job', () => {
  let world: World;
  let replica: Replica;
  let client: ApiClient;
  let email: string;

  beforeAll(async () => {
    world = await World.create();
    replica = await world.replica({ UNFINISHED_JOBS_PER_TENANT: '50' });
    client = replica.client;
    email = (await client.signUp()).user.email;
  });

  afterAll(() => world.destroy());

  const submit = async (limit = 100): Promise<JobBody> => (await client.submit(limit)).body;
  const queued = async (): Promise<JobBody> => {
    const job = await submit();
    await eventually(async () => (await world.queuedIds()).includes(job.id));
    return job;
  };
  const cancel = (id: string, as = client): Promise<Answer<JobBody>> =>
    as.send<JobBody>('POST', `/api/v1/jobs/${id}/cancel`);
  const runAgain = (id: string, key: string = randomUUID(), as = client): Promise<Answer<JobBody>> =>
    as.send<JobBody>('POST', `/api/v1/jobs/${id}/run-again`, undefined, { 'idempotency-key': key });
  const waiting = async (id: string): Promise<WaitingBody> =>
    (await client.get<WaitingBody>(`/api/v1/jobs/${id}/waiting`)).body;
  const stranger = async (): Promise<ApiClient> => {
    const other = client.at(client.url);
    await other.signUp();
    return other;
  };

  it('tells who made it and by which request', async () => {
    const { body, headers } = await client.submit();

    expect(body).toMatchObject({
      createdBy: email,
      origin: 'user',
      requestId: headers.get('x-request-id'),
      runAgainOf: null,
    });
    expect((await client.get<JobBody>(`/api/v1/jobs/${body.id}`)).body).toEqual(body);
  });

  it('leaves the queue when it is cancelled, and its stream ends', async () => {
    const { id } = await queued();
    const stream = await client.follow(`/api/v1/jobs/${id}/events`);
    const { status, body } = await cancel(id);

    expect([status, body.status]).toEqual([200, 'cancelled']);
    expect(body.finishedAt).not.toBeNull();
    expect((await stream.rest()).at(-1)?.status).toBe('cancelled');
    await eventually(async () => !(await world.queuedIds()).includes(id));
    expect((await cancel(id)).body).toEqual(body);
    const metrics = await (await fetch(replica.service.metricsUrl)).text();
    expect(metrics).toMatch(/^jobs_cancelled_total\{kind="number.primes"\S* 1$/m);
  });

  it('is cancelled while it runs, and no worker of the version before changes that', async () => {
    const { id, status: before } = await submit();
    await world.setJob(id, { status: 'running', progress: 20 });
    expect([before, (await cancel(id)).body.status]).toEqual(['queued', 'cancelled']);

    const started = "UPDATE jobs SET status = 'running' WHERE id = $1 AND status <> 'succeeded' RETURNING id";
    expect(await world.sql(started, [id])).toEqual([]);
    const finished = `WITH effect AS (
        INSERT INTO job_effects (job_id, tenant_id, units) SELECT id, tenant_id, 1 FROM jobs WHERE id = $1 RETURNING job_id
      ) UPDATE jobs SET status = 'succeeded' FROM effect WHERE id = job_id`;
    await expect(world.sql(finished, [id])).rejects.toThrow(`job ${id} was cancelled`);
    expect(await world.sql('SELECT FROM job_effects WHERE job_id = $1', [id])).toEqual([]);
    expect((await client.get<JobBody>(`/api/v1/jobs/${id}`)).body.status).toBe('cancelled');
  });

  it.each(['succeeded', 'failed'])('is not cancelled once it has %s', async (status) => {
    const { id } = await submit();
    await world.setJob(id, { status, progress: 100 });

    expect(await cancel(id)).toMatchObject({ status: 409, body: { code: 'job_finished' } });
    expect((await client.get<JobBody>(`/api/v1/jobs/${id}`)).body.status).toBe(status);
  });

  it('is run again as a new job with the same input, once for each key, whatever became of it', async () => {
    const first = await submit(7919);
    await world.setJob(first.id, { status: 'failed', progress: 0 });
    const again = await runAgain(first.id, 'again');

    expect(again.status).toBe(202);
    expect(again.body).toMatchObject({
      payload: { limit: 7919 },
      status: 'queued',
      runAgainOf: first.id,
      createdBy: email,
    });
    expect(again.headers.get('location')).toBe(`/api/v1/jobs/${again.body.id}`);
    expect(await runAgain(first.id, 'again')).toMatchObject({ status: 200, body: { id: again.body.id } });
    expect((await runAgain(again.body.id, 'again')).status).toBe(422);
    expect((await client.submit(7919, 'again')).status).toBe(422);
    await eventually(async () => (await world.queuedIds()).includes(again.body.id));
    expect((await client.get<JobBody>(`/api/v1/jobs/${first.id}`)).body.status).toBe('failed');
  });

  it('counts towards the limits when it is run again', async () => {
    const { client: limited } = await world.replica({ UNFINISHED_JOBS_PER_TENANT: '1' });
    await limited.signUp();
    const { body } = await limited.submit();

    expect(await runAgain(body.id, 'over', limited)).toMatchObject({
      status: 429,
      body: { code: 'too_many_unfinished_jobs' },
    });
    await cancel(body.id, limited);
    await eventually(async () => (await runAgain(body.id, 'over', limited)).status === 202);
  });

  it('is nobody else’s', async () => {
    const { id } = await submit();
    const other = await stranger();

    expect((await cancel(id, other)).status).toBe(404);
    expect((await runAgain(id, 'key', other)).status).toBe(404);
    for (const path of ['attempts', 'waiting'])
      expect((await other.get(`/api/v1/jobs/${id}/${path}`)).status).toBe(404);
    expect((await client.get<JobBody>(`/api/v1/jobs/${id}`)).body.status).toBe('queued');
  });

  it('tells its place in the queue, then its next try, then nothing', async () => {
    const [before, { id }] = [await queued(), await queued()];
    const place = await waiting(id);
    const ahead = (await waiting(before.id)).ahead ?? NaN;

    expect(place).toMatchObject({ for: 'worker', ahead: ahead + 1, workers: 0, nextAttemptAt: null });
    const next = Date.now() + 60_000;
    await world.redis
      .multi()
      .zrem('bull:jobs:prioritized', id)
      .zadd('bull:jobs:delayed', next * 0x1000, id)
      .exec();
    expect(await waiting(id)).toMatchObject({
      for: 'retry',
      ahead: null,
      nextAttemptAt: new Date(next).toISOString(),
    });
    await world.redis.multi().zrem('bull:jobs:delayed', id).rpush('bull:jobs:wait', id).exec();
    expect(await waiting(id)).toMatchObject({ for: 'worker', ahead: 0 });
    expect(await waiting(before.id)).toMatchObject({ ahead: ahead + 1 });
    await world.redis.multi().lrem('bull:jobs:wait', 0, id).lpush('bull:jobs:active', id).exec();
    expect(await waiting(id)).toMatchObject({ for: 'nothing' });
    await world.redis.lrem('bull:jobs:active', 0, id);
    expect(await waiting(id)).toMatchObject({ for: 'sending' });
    await world.setJob(id, { status: 'succeeded', progress: 100 });
    expect(await waiting(id)).toMatchObject({ for: 'nothing' });
  });

  it('lists its attempts, also the one that goes on', async () => {
    const { id } = await submit();
    const attempts = async (): Promise<unknown[]> =>
      (await client.get<{ items: unknown[] }>(`/api/v1/jobs/${id}/attempts`)).body.items;
    expect(await attempts()).toEqual([]);
    const [first, second] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:05.000Z'];
    await world.sql("INSERT INTO job_attempts VALUES ($1, 1, $2, $3, 'no luck'), ($1, 2, $3, $3, NULL)", [
      id,
      first,
      second,
    ]);
    await world.sql(
      "UPDATE jobs SET status = 'running', attempts = 2, attempt_started_at = '2026-01-01T00:00:09Z' WHERE id = $1",
      [id],
    );
    const ended = [
      { number: 1, startedAt: first, finishedAt: second, outcome: 'failed', error: 'no luck' },
      { number: 2, startedAt: second, finishedAt: second, outcome: 'interrupted', error: null },
    ];
    const last = { number: 2, startedAt: '2026-01-01T00:00:09.000Z', error: null };

    expect(await attempts()).toEqual([...ended, { ...last, finishedAt: null, outcome: 'running' }]);
    const { finishedAt } = (await cancel(id)).body;
    expect(await attempts()).toEqual([...ended, { ...last, finishedAt, outcome: 'cancelled' }]);
  });

  it('waits for what nobody knows while Redis does not answer', async () => {
    const { id } = await queued();
    await world.redisServer.stop();
    await eventually(async () => (await waiting(id)).for === 'unknown');
    expect((await cancel(id)).body.status).toBe('cancelled');
    await world.redisServer.start();
  });
});
