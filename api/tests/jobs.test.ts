import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { JobBody } from './support/client.ts';
import { eventually } from './support/processes.ts';
import { type Replica, World } from './support/world.ts';

interface PageBody {
  items: JobBody[];
  nextCursor: string | null;
}

describe.skipIf(inject('skipReason'))('jobs', () => {
  let world: World;
  let one: Replica;
  let two: Replica;

  beforeAll(async () => {
    world = await World.create();
    [one, two] = await Promise.all([world.replica(), world.replica()]);
    await one.client.signUp();
  });

  afterAll(() => world.destroy());

  it('creates one job and one queue entry for fifty concurrent requests with one key, at two replicas', async () => {
    const other = one.client.at(two.client.url);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? one.client : other).submit(7919, 'one-key'),
      ),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(49).fill(200), 202]);
    const [id, ...others] = new Set(answers.map(({ body }) => body.id));
    expect(others).toEqual([]);
    await eventually(async () => (await world.sql('SELECT FROM outbox')).length === 0);
    expect(await world.queuedIds()).toEqual([id]);
    expect(await world.sql('SELECT id FROM jobs')).toEqual([{ id }]);
  });

  it('queues what the worker needs, without the payload', async () => {
    const { body, headers } = await one.client.submit();
    const job = await eventually(() => world.queue.getJob(body.id));

    expect(headers.get('location')).toBe(`/api/v1/jobs/${body.id}`);
    expect(job).toMatchObject({ name: 'number.primes', opts: { jobId: body.id, attempts: 5 } });
    expect(Object.keys(job.data as object).sort()).toEqual([
      'jobId',
      'kind',
      'requestId',
      'tenantId',
      'traceparent',
    ]);
    expect(await world.redis.smembers('plataforma:queues')).toEqual(['jobs']);
  });

  it('refuses a job beyond those that a tenant may have unfinished, but not an accepted one sent again', async () => {
    const { client } = await world.replica({ UNFINISHED_JOBS_PER_TENANT: '3' });
    const full = client.at(client.url);
    await full.signUp();
    const answers = await Promise.all(['1', '2', '3', '4', '5'].map((key) => full.submit(100, key)));
    const accepted = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 429);

    expect([accepted.length, refused.length]).toEqual([3, 2]);
    expect(refused[0]?.body).toMatchObject({
      detail: 'Too many jobs are not finished. Try again when some are.',
    });
    const { id = '', idempotency_key: key } =
      (
        await world.sql<{ id: string; idempotency_key: string }>(
          'SELECT id, idempotency_key FROM jobs WHERE id = $1',
          [accepted[0]?.body.id],
        )
      )[0] ?? {};
    expect((await full.submit(100, key)).status).toBe(200);
    const other = client.at(client.url);
    await other.signUp();
    expect((await other.submit()).status).toBe(202);
    await world.setJob(id, { status: 'succeeded', progress: 100 });
    await eventually(async () => (await full.submit()).status === 202);
    expect((await full.submit()).status).toBe(429);
  });

  it('refuses a key that was used for another request, and accepts it from another tenant', async () => {
    const stranger = one.client.at(two.client.url);
    await stranger.signUp();

    expect((await one.client.submit(10, 'shared')).status).toBe(202);
    expect((await one.client.submit(11, 'shared')).status).toBe(422);
    expect((await stranger.submit(11, 'shared')).status).toBe(202);
  });

  it('refuses the token of a tenant that was deleted', async () => {
    const gone = one.client.at(one.client.url);
    const { user } = await gone.signUp();
    await world.sql('DELETE FROM users WHERE id = $1', [user.id]);
    await world.sql('DELETE FROM tenants WHERE id = $1', [user.tenantId]);

    expect((await gone.submit()).status).toBe(401);
  });

  it("hides another tenant's jobs", async () => {
    const { body } = await one.client.submit();
    const stranger = one.client.at(one.client.url);
    await stranger.signUp();

    expect((await stranger.get(`/api/v1/jobs/${body.id}`)).status).toBe(404);
    expect((await stranger.get(`/api/v1/jobs/${body.id}/events`)).status).toBe(404);
    expect((await stranger.get<PageBody>('/api/v1/jobs')).body).toEqual({ items: [], nextCursor: null });
    expect((await one.client.get<JobBody>(`/api/v1/jobs/${body.id}`)).body).toEqual(body);
  });

  it('lists every job once, newest first, whatever the page size and while others are added', async () => {
    const client = one.client.at(one.client.url);
    const { user } = await client.signUp();
    // Jobs of one millisecond, so that only the id tells their order.
    await world.sql(
      `INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload, status, created_at)
       SELECT gen_random_uuid(), $1, n, '', 'number.primes', '{}', CASE n % 3 WHEN 0 THEN 'failed' ELSE 'queued' END,
              now() - make_interval(secs => n / 5) FROM generate_series(1, 40) AS n`,
      [user.tenantId],
    );

    const property = fc.asyncProperty(
      fc.integer({ min: 3, max: 25 }),
      fc.constantFrom('', '&status=failed'),
      async (limit, filter) => {
        const expected = await world.sql<{ id: string }>(
          `SELECT id FROM jobs WHERE tenant_id = $1 ${filter && "AND status = 'failed'"}
           ORDER BY created_at DESC, id DESC`,
          [user.tenantId],
        );
        const seen: string[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const from: string = cursor && `&cursor=${cursor}`;
          const { body }: { body: PageBody } = await client.get(
            `/api/v1/jobs?limit=${limit}${filter}${from}`,
          );
          seen.push(...body.items.map(({ id }) => id));
          cursor = body.nextCursor;
          await client.submit();
        }
        expect(seen).toEqual(expected.map(({ id }) => id));
      },
    );
    await fc.assert(property, { numRuns: 12 });
  });

  it('treats SQL as text', async () => {
    const text = `'); DROP TABLE jobs; -- \\ "quoted" %s $1`;
    const key = { 'idempotency-key': `';DELETE-FROM-jobs;--` };
    const job = { kind: 'text.statistics', payload: { text } };
    const { status, body } = await one.client.send<JobBody>('POST', '/api/v1/jobs', job, key);

    expect(status).toBe(202);
    expect((await one.client.get<JobBody>(`/api/v1/jobs/${body.id}`)).body.payload).toEqual({ text });
    for (const query of ["cursor=' OR 1=1", "status=queued' OR '1'='1", 'limit=1;DROP', 'cursor=AAAA']) {
      expect((await one.client.get(`/api/v1/jobs?${query}`)).status).toBe(400);
    }
    expect((await one.client.get(`/api/v1/jobs/${body.id}'--`)).status).toBe(400);
  });

  it.each([
    ['an unknown kind', { kind: 'coffee', payload: {} }, 'kind'],
    ['no kind', { payload: {} }, 'kind'],
    ['no payload', { kind: 'number.primes' }, 'payload'],
    ['a number as text', { kind: 'number.primes', payload: { limit: '100' } }, 'payload.limit'],
    ['a number too large', { kind: 'number.primes', payload: { limit: 5_000_001 } }, 'payload.limit'],
    ['a field too many', { kind: 'number.primes', payload: { limit: 10, more: 1 } }, 'payload.more'],
    ['a text with NUL', { kind: 'text.statistics', payload: { text: 'a\0b' } }, 'payload.text'],
  ])('names the field that is wrong: %s', async (_name, job, field) => {
    const { status, body } = await one.client.send('POST', '/api/v1/jobs', job, { 'idempotency-key': 'any' });

    expect(status).toBe(400);
    expect(body.errors?.map((error) => error.field)).toContain(field);
  });

  it('refuses half of a surrogate pair, which schemas cannot', async () => {
    const job = { kind: 'text.statistics', payload: { text: 'a\ud800b' } };
    const { status, body } = await one.client.send('POST', '/api/v1/jobs', job, {
      'idempotency-key': 'half',
    });

    expect([status, body.detail]).toEqual([400, 'The request is not valid.']);
  });

  it('asks for an Idempotency-Key of 1 to 128 characters', async () => {
    const statuses = [];
    for (const key of ['', 'a', 'a'.repeat(128), 'a'.repeat(129)])
      statuses.push((await one.client.submit(5, key)).status);

    expect(statuses).toEqual([400, 202, 202, 400]);
  });

  it('counts usage from what the worker wrote', async () => {
    const { user } = await one.client.signUp();
    expect((await one.client.get('/api/v1/usage')).body).toEqual({ jobs: 0, units: 0 });
    await world.sql('INSERT INTO tenant_usage (tenant_id, jobs, units) VALUES ($1, 3, 5000000000)', [
      user.tenantId,
    ]);
    expect((await one.client.get('/api/v1/usage')).body).toEqual({ jobs: 3, units: 5_000_000_000 });
  });

  it('tells each tenant its own usage, whoever asks at the same time', async () => {
    const clients = [1, 2, 3].map(() => one.client.at(one.client.url));
    for (const [index, client] of clients.entries()) {
      const { user } = await client.signUp();
      await world.sql(
        'INSERT INTO tenant_usage_shards (tenant_id, shard, jobs, units) VALUES ($1, 1, $2, 7)',
        [user.tenantId, index],
      );
    }
    const asked = [...clients, ...clients].map((client) => client.get('/api/v1/usage'));

    expect((await Promise.all(asked)).map(({ body }) => body)).toEqual(
      [0, 1, 2, 0, 1, 2].map((jobs) => ({ jobs, units: 7 })),
    );
  });
});
