import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startApi } from './support/api-program.ts';
import type { Answer, JobBody } from './support/client.ts';
import { World } from './support/world.ts';

type Summary = JobBody & { omitted: string[] };

const JOBS = 500;
/** Each control character takes six bytes in JSON: a payload of 258 KB, as large as the API accepts. */
const TEXT = '\u0001'.repeat(43_000);

describe.skipIf(inject('skipReason'))('the memory of streams and lists', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterAll(() => world.destroy());

  it('holds however large the payloads are', async () => {
    const api = await startApi(world.variables({ NODE_OPTIONS: '--max-old-space-size=64' }));
    try {
      const { user } = await api.client.signUp();
      await world.sql(
        `INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload)
         SELECT gen_random_uuid(), $1, number, '', 'text.statistics', jsonb_build_object('text', $2::text)
         FROM generate_series(1, $3::int) AS number`,
        [user.tenantId, TEXT, JOBS],
      );
      const stream = await api.client.follow('/api/v1/jobs/events');
      const ids = new Set<string>();
      await stream.until(({ id }) => ids.add(id).size === JOBS);
      stream.close();
      const small = (await api.client.submit()).body;
      const list = (): Promise<Answer<{ items: Summary[] }>> => api.client.get('/api/v1/jobs?limit=100');
      const lists = await Promise.all(Array.from({ length: 10 }, list));

      const [first, second] = lists[0]?.body.items ?? [];
      expect(first).toMatchObject({ id: small.id, payload: small.payload, omitted: [] });
      expect(second).toMatchObject({ payload: null, omitted: ['payload'] });
      const whole = await api.client.get<JobBody>(`/api/v1/jobs/${second?.id ?? ''}`);
      expect(whole.body.payload).toEqual({ text: TEXT });
      expect((await api.client.get('/readyz')).status).toBe(200);
      expect(api.child.exitCode).toBeNull();
    } finally {
      api.child.kill('SIGKILL');
      await api.ended;
    }
  });
});
