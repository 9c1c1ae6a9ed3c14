import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { JobBody } from './support/client.ts';
import { eventually } from './support/processes.ts';
import { CuttableProxy } from './support/proxy.ts';
import { StatementRecorder } from './support/statements.ts';
import { type Replica, World } from './support/world.ts';

/**
 * What pins a connection to one client of RDS Proxy: Amazon RDS User Guide, "Avoiding pinning an RDS Proxy", conditions
 * for PostgreSQL.
 */
const PINNING = [
  /^\s*(set|reset|prepare|execute|deallocate|discard|listen|unlisten|load|declare)\b/i,
  /\b(temp|temporary)\s+(table|view|sequence)\b/i,
  /\b(set_config|nextval|setval|pg_advisory_lock\w*|pg_try_advisory_lock\w*)\s*\(/i,
];

describe.skipIf(inject('skipReason'))('the statements sent to PostgreSQL', () => {
  const recorder = new StatementRecorder();
  let world: World;
  let proxy: CuttableProxy;
  let replica: Replica;

  beforeAll(async () => {
    world = await World.create();
    proxy = await CuttableProxy.to(inject('postgresPort'), recorder.record);
    replica = await world.replica({ DATABASE_PORT: String(proxy.port) });
    await useAll();
    await useAll();
  });

  afterAll(async () => {
    await world.destroy();
    await proxy.cut();
  });

  const useAll = async (): Promise<void> => {
    const { client } = replica;
    const { user } = await client.signUp();
    await client.signIn(user.email);
    await client.refresh();
    const { body } = await client.submit(100, 'key');
    await client.submit(100, 'key');
    const paths = [`jobs/${body.id}`, `jobs/${body.id}/attempts`, `jobs/${body.id}/waiting`, 'jobs'];
    for (const path of [...paths, 'jobs?status=queued', 'jobs/counts', `jobs?id=${body.id}`, 'usage'])
      expect((await client.get(`/api/v1/${path}`)).status).toBe(200);
    const again = { 'idempotency-key': 'again' };
    const { body: second } = await client.send<JobBody>(
      'POST',
      `/api/v1/jobs/${body.id}/run-again`,
      undefined,
      again,
    );
    expect((await client.send('POST', `/api/v1/jobs/${second.id}/cancel`)).status).toBe(200);
    const stream = await client.follow('/api/v1/jobs/events');
    await stream.until(({ id }) => id === body.id);
    stream.close();
    expect((await client.get('/readyz')).status).toBe(200);
    await fetch(replica.service.metricsUrl);
    await eventually(async () => (await world.queuedIds()).includes(body.id));
  };

  it('do nothing that pins a connection of RDS Proxy', () => {
    const { statements } = recorder;

    expect(statements.length).toBeGreaterThan(20);
    expect(statements.filter(({ text }) => PINNING.some((pattern) => pattern.test(text)))).toEqual([]);
  });

  it('are prepared by the protocol if they have values, once on each connection', () => {
    const simple = recorder.statements.filter(({ name }) => name === undefined).map(({ text }) => text);
    const prepared = recorder.statements.filter(({ name }) => name !== undefined);
    const distinct = new Set(prepared.map(({ connection, name, text }) => [connection, name, text].join()));

    expect(simple.filter((text) => text.includes('$1'))).toEqual([]);
    expect(prepared.filter(({ name }) => name === '')).toEqual([]);
    expect(distinct.size).toBe(prepared.length);
  });

  it('survive a migration that adds a column', async () => {
    await world.sql('ALTER TABLE jobs ADD COLUMN new text, ALTER COLUMN error SET DEFAULT NULL');
    for (let connection = 0; connection < replica.config.database.poolSize; connection += 1) await useAll();
  });
});
