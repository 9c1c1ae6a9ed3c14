import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { createLogger } from '../src/observability/logger.ts';
import { Database } from '../src/stores/database.ts';
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

  it('is not paused by what a client sends', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const cursor = (time: string): string => Buffer.from(`${time} ${id}`).toString('base64url');
    const before = await fallbacks();
    const paths = [
      `/api/v1/jobs/urn:uuid:${id}`,
      `/api/v1/jobs/{${id}}`,
      '/api/v1/jobs?limit=1e400',
      '/api/v1/jobs?limit=-1e400',
      `/api/v1/jobs?cursor=${cursor('2026-02-30T00:00:00.000Z')}`,
      `/api/v1/jobs?cursor=${cursor('2026-01-01T24:00:00.000Z')}`,
      `/api/v1/jobs?cursor=${cursor('0000-01-01T00:00:00.000Z')}`,
    ];
    for (const path of paths)
      expect((await replica.client.get(path)).body.errors).toEqual([expect.objectContaining({})]);

    expect((await fallbacks()) - before).toBe(0);
  });

  it('is not paused by a statement that it refuses, which the primary repeats if it may succeed there', async () => {
    const database = new Database(replica.config.database, createLogger(replica.config), () => undefined);
    onTestFinished(() => database.close());
    await world.sql(`CREATE FUNCTION served_by(refusal text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
      IF NOT pg_is_in_recovery() THEN RETURN 'primary'; END IF;
      IF refusal = '' THEN RETURN 'replica'; END IF;
      RAISE 'refused' USING ERRCODE = refusal;
    END $$`);
    const servedBy = async (refusal: string): Promise<unknown> =>
      (await database.read<{ by: string }>('SELECT served_by($1) AS by', [refusal]))[0]?.by;
    await eventually(() => servedBy('').then((by) => by === 'replica'));

    await expect(servedBy('22008')).rejects.toMatchObject({ code: '22008' });
    expect(await servedBy('')).toBe('replica');
    expect(await servedBy('40001')).toBe('primary');
    expect(await servedBy('')).toBe('replica');
    expect(await servedBy('57P01')).toBe('primary');
    expect(await servedBy('')).toBe('primary');
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
