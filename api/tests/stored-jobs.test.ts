import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('the quota of stored jobs', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterAll(() => world.destroy());

  it('is a number of jobs of a tenant, exact in one replica; an accepted job is still answered', async () => {
    const { client } = await world.replica({ STORED_JOBS_PER_TENANT: '3' });
    await client.signUp();
    const key = randomUUID();
    const answers = [await client.submit(100, key)];
    answers.push(...(await Promise.all(Array.from({ length: 6 }, () => client.submit()))));

    expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 202, 429, 429, 429, 429]);
    expect((await client.submit(100, key)).status).toBe(200);
    expect((await client.submit(101, key)).status).toBe(422);
    expect((await client.get<{ items: object[] }>('/api/v1/jobs')).body.items).toHaveLength(3);
    const other = client.at(client.url);
    await other.signUp();
    expect((await other.submit()).status).toBe(202);
  });

  it('is a size of payloads and results', async () => {
    const { client } = await world.replica({ STORED_MIB_PER_TENANT: '1' });
    const { user } = await client.signUp();
    await world.sql(
      `INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload, result)
       SELECT gen_random_uuid(), $1, n::text, '', 'number.primes', '{}', to_jsonb(string_agg(random()::text, ''))
       FROM generate_series(1, 16) AS n, generate_series(1, 20000) GROUP BY n`,
      [user.tenantId],
    );

    expect((await client.submit()).status).toBe(429);
  });
});
