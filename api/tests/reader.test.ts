import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { JobBody } from './support/client.ts';
import { eventually, type LocalServer } from './support/processes.ts';
import { query, REPLICA_HOST, startStandby, temporaryDirectory } from './support/servers.ts';
import { type Replica, World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('the read replica', () => {
  let directory: string;
  let world: World;
  let standby: LocalServer;
  let replica: Replica;

  beforeAll(async () => {
    directory = temporaryDirectory('standby');
    world = await World.create();
    standby = await startStandby(directory, inject('postgresPort'));
    replica = await world.replica({ DATABASE_READER_HOST: REPLICA_HOST });
    await replica.client.signUp();
  });

  afterAll(async () => {
    await world.destroy();
    await standby.stop('SIGINT');
    rmSync(directory, { recursive: true, force: true });
  });

  const fallbacks = async (): Promise<number> => {
    const text = await (await fetch(replica.service.metricsUrl)).text();
    return Number(/^reader_fallbacks_total\S* (\d+)$/m.exec(text)?.[1]);
  };
  const listed = async (): Promise<string[]> => {
    const { status, body } = await replica.client.get<{ items: JobBody[] }>('/api/v1/jobs');
    expect(status).toBe(200);
    return body.items.map(({ id }) => id);
  };
  const onStandby = (text: string): Promise<object[]> =>
    query(standby.port, world.database, text, [], REPLICA_HOST);

  it('serves lists, while a job too new for it comes from the primary', async () => {
    const old = (await replica.client.submit()).body.id;
    await eventually(async () => (await listed()).includes(old));
    await onStandby('SELECT pg_wal_replay_pause()');
    const fresh = (await replica.client.submit()).body;

    expect(await listed()).toEqual([old]);
    expect((await replica.client.get<JobBody>(`/api/v1/jobs/${fresh.id}`)).body).toEqual(fresh);
    expect(await fallbacks()).toBe(0);
    await onStandby('SELECT pg_wal_replay_resume()');
    await eventually(async () => (await listed()).includes(fresh.id));
  });

  it('is replaced by the primary while it fails, which is counted, and used again afterwards', async () => {
    await standby.stop('SIGINT');
    const before = await fallbacks();
    const fresh = (await replica.client.submit()).body.id;

    expect(await listed()).toContain(fresh);
    expect((await replica.client.get('/api/v1/usage')).status).toBe(200);
    expect((await replica.client.get('/readyz')).status).toBe(200);
    expect((await fallbacks()) - before).toBe(2);

    await standby.start();
    await eventually(async () => {
      const count = await fallbacks();
      await listed();
      return (await fallbacks()) === count;
    });
  });
});
