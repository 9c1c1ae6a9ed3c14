import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually, type LocalServer } from './support/processes.ts';
import { createTemplate, startPostgres, startRabbitMq, temporaryDirectory } from './support/servers.ts';
import { World } from './support/world.ts';

const PACE_MS = 20;
const OUTAGE_MS = Number(process.env.OUTAGE_MS ?? 2_000);

describe.skipIf(inject('skipReason'))('under load', () => {
  const directories = [temporaryDirectory('postgres'), temporaryDirectory('rabbitmq')] as const;
  const servers: LocalServer[] = [];
  let postgres: LocalServer;
  let rabbit: LocalServer;
  let world: World;
  let url: string;

  beforeAll(async () => {
    postgres = await startPostgres(directories[0]);
    servers.push(postgres);
    await createTemplate(postgres.port);
    const started = await startRabbitMq(directories[1]);
    servers.push(...started);
    rabbit = started[0];
    world = await World.create({ postgres: postgres.port, rabbit: rabbit.port });
    await world.worker();
    url = (await world.worker()).url;
  });

  afterAll(async () => {
    await world.destroy();
    await Promise.all(servers.map((server) => server.stop('SIGINT')));
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  /** Accepts jobs as the backend does: once its row is there, a job is brought to the queue whatever happens. */
  const produce = (signal: AbortSignal): { accepted: string[]; ended: Promise<void> } => {
    const accepted: string[] = [];
    const run = async (): Promise<void> => {
      while (!signal.aborted) {
        await delay(PACE_MS);
        const message = await world.row('number.primes', { limit: 20_000 }).catch(() => undefined);
        if (!message) continue;
        await world.enqueue(message);
        accepted.push(message.jobId);
      }
    };
    return { accepted, ended: run() };
  };
  const effects = async (): Promise<number> => (await world.sql('SELECT FROM job_effects')).length;

  it.each([
    ['Redis', () => world.redisServer, () => effects()],
    ['PostgreSQL', () => postgres, () => effects()],
    ['RabbitMQ', () => rabbit, () => world.waiting('results')],
  ] as const)('a restart of %s loses no accepted job, and doubles none', async (name, find, sign) => {
    const server = find();
    const before = await effects();
    const end = new AbortController();
    const load = produce(end.signal);
    await eventually(() => load.accepted.length > 20);
    const goneAt = Date.now();
    await server.stop('SIGINT');
    await eventually(async () => (await fetch(`${url}/readyz`)).status === 503);
    await eventually(() => Date.now() - goneAt > OUTAGE_MS);
    await server.start();
    const backAt = Date.now();
    const seen = await sign();
    await eventually(async () => (await sign()) > seen);
    const recoveredAt = Date.now();
    const enough = load.accepted.length + 20;
    await eventually(() => load.accepted.length > enough);
    end.abort();
    await load.ended;
    await eventually(async () => (await effects()) >= before + load.accepted.length);
    for (const id of load.accepted) await world.queued(id, 'completed');
    console.log(
      `${name}: away for ${backAt - goneAt} ms, at work again after ${recoveredAt - backAt} ms; ` +
        `${load.accepted.length} jobs accepted, none lost`,
    );

    expect(await effects()).toBe(before + load.accepted.length);
    expect((await world.usage()).jobs).toBe(await effects());
    const unfinished = await world.sql("SELECT FROM jobs WHERE status <> 'succeeded' AND id = ANY($1)", [
      load.accepted,
    ]);
    expect(unfinished).toEqual([]);
    await eventually(async () => (await world.sql('SELECT FROM outbox')).length === 0);
    const told = new Set((await world.drain('results')).map(({ data }) => data.jobId));
    for (const id of load.accepted) expect(told).toContain(id);
  });
});
