import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually, type LocalServer } from './support/processes.ts';
import { createTemplate, startPostgres, startRabbitMq, temporaryDirectory } from './support/servers.ts';
import { accountCreated, World } from './support/world.ts';

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

  interface Load {
    jobs: string[];
    events: string[];
    ended: Promise<unknown>;
  }

  /**
   * Accepts jobs and events as the backend does: once its row is there, a job is added to the queue whatever happens, and
   * an event is accepted once the broker has confirmed it.
   */
  const produce = (signal: AbortSignal): Load => {
    const [jobs, events]: [string[], string[]] = [[], []];
    const addJobs = async (): Promise<void> => {
      while (!signal.aborted) {
        await delay(PACE_MS);
        const message = await world.row('number.primes', { limit: 20_000 }).catch(() => undefined);
        if (!message) continue;
        await world.enqueue(message);
        jobs.push(message.jobId);
      }
    };
    const publishEvents = async (): Promise<void> => {
      while (!signal.aborted) {
        await delay(5 * PACE_MS);
        const event = accountCreated(world.tenantId);
        const isAccepted = await world.publish(event).then(
          () => true,
          () => false,
        );
        if (isAccepted) events.push(event.id);
      }
    };
    return { jobs, events, ended: Promise.all([addJobs(), publishEvents()]) };
  };
  const effects = async (): Promise<number> => (await world.sql('SELECT FROM job_effects')).length;
  const received = async (): Promise<string[]> =>
    (await world.sql<{ id: string }>('SELECT id FROM received_messages')).map(({ id }) => id);

  it.each([
    ['Redis', () => world.redisServer, () => effects()],
    ['PostgreSQL', () => postgres, () => effects()],
    ['RabbitMQ', () => rabbit, async () => (await received()).length],
  ] as const)(
    'a restart of %s loses no accepted job or event, and duplicates none',
    async (name, find, sign) => {
      const server = find();
      const before = await effects();
      const end = new AbortController();
      const load = produce(end.signal);
      await eventually(() => load.jobs.length > 20);
      const goneAt = Date.now();
      await server.stop('SIGINT');
      await eventually(async () => (await fetch(`${url}/readyz`)).status === 503);
      await eventually(() => Date.now() - goneAt > OUTAGE_MS);
      await server.start();
      const backAt = Date.now();
      const seen = await sign();
      await eventually(async () => (await sign()) > seen);
      const recoveredAt = Date.now();
      const enough = load.jobs.length + 20;
      await eventually(() => load.jobs.length > enough);
      end.abort();
      await load.ended;
      await eventually(async () => (await effects()) >= before + load.jobs.length);
      for (const id of load.jobs) await world.queued(id, 'completed');
      console.log(
        `${name}: away for ${backAt - goneAt} ms, at work again after ${recoveredAt - backAt} ms; ` +
          `${load.jobs.length} jobs and ${load.events.length} events accepted, none lost`,
      );

      expect(await effects()).toBe(before + load.jobs.length);
      expect((await world.usage()).jobs).toBe(await effects());
      const unfinished = await world.sql("SELECT FROM jobs WHERE status <> 'succeeded' AND id = ANY($1)", [
        load.jobs,
      ]);
      expect(unfinished).toEqual([]);
      expect(load.events.length).toBeGreaterThan(0);
      await eventually(async () => {
        const ids = new Set(await received());
        return load.events.every((id) => ids.has(id));
      });
      const [events] = await world.sql<{ received: number; jobs: number; outbox: number }>(
        `SELECT (SELECT count(*)::int FROM received_messages) AS received,
              (SELECT count(*)::int FROM jobs WHERE idempotency_key LIKE 'welcome:%') AS jobs,
              (SELECT count(*)::int FROM outbox WHERE destination = 'queue:jobs') AS outbox`,
      );
      expect(events).toEqual({
        received: events?.received,
        jobs: events?.received,
        outbox: events?.received,
      });
    },
    180_000,
  );
});
