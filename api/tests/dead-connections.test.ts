import { describe, expect, inject, it } from 'vitest';
import { ApiClient } from './support/client.ts';
import { DeadWays, WAYS } from './support/dead-ways.ts';
import { eventually, freePort } from './support/processes.ts';
import { World } from './support/world.ts';

/** Redis is to be back within 15 s; the rest is for a busy machine. */
const REDIS_MS = 30_000;

type Store = 'redis' | 'database' | 'broker';

describe.concurrent.each(Object.entries(WAYS))('after %s', (name, way) => {
  if (way.obstacle !== '') console.warn(`not tried: ${name}: ${way.obstacle}`);

  it.skipIf(inject('skipReason') || way.obstacle)(
    'the API serves again with each store',
    async () => {
      const world = await World.create();
      const ways = new DeadWays<Store>(way);
      try {
        const port = await freePort();
        const client = new ApiClient(
          await ways.run('dist/main.js', port, await variables(world, ways, port)),
        );
        const failed = async (): Promise<string[]> => {
          const { body } = await client.get<{ checks: Record<Store, string> }>('/readyz');
          return Object.entries(body.checks).flatMap(([store, state]) => (state === 'ok' ? [] : [store]));
        };
        const isReady = async (): Promise<boolean> => (await failed()).length === 0;
        const cut = async (...stores: Store[]): Promise<number> => {
          for (const store of stores) ways.cut(store);
          if (!way.isolated) await eventually(async () => (await failed()).length === stores.length);
          for (const store of stores) ways.restore(store);
          return Date.now();
        };
        const isQueued = async (id: string): Promise<boolean> => (await world.queuedIds()).includes(id);
        await eventually(isReady, () => (ways.ended ? new Error(ways.output) : undefined));
        await client.signUp();
        const first = (await client.submit()).body.id;
        const stream = await client.follow('/api/v1/jobs/events');
        await stream.until(({ id }) => id === first);
        await eventually(() => isQueued(first));

        const redisCut = await cut('redis');
        const second = (await client.submit()).body.id;
        await eventually(() => isQueued(second));
        await eventually(isReady);
        const redis = Date.now() - redisCut;
        await eventually(() => ways.output.split('\n').some(isNewSubscription));
        await world.setJob(second, { status: 'running', progress: 50 });
        await stream.until(({ id, progress }) => id === second && progress === 50);
        const subscription = Date.now() - redisCut;

        const othersCut = await cut('database', 'broker');
        const since = async (done: Promise<unknown>): Promise<number> => (await done, Date.now() - othersCut);
        const [database, broker] = await Promise.all([
          since(eventually(async () => (await client.submit()).status === 202)),
          since(eventually(isReady)),
        ]);
        console.log(
          `after ${name} serving again: Redis ${redis} ms, its subscription ${subscription} ms, ` +
            `PostgreSQL ${database} ms, all with RabbitMQ ${broker} ms`,
        );

        expect(subscription).toBeLessThan(REDIS_MS);
      } finally {
        await ways.close();
        await world.destroy();
      }
    },
    180_000,
  );
});

function isNewSubscription(line: string): boolean {
  return line.includes('"connection":"progress"') && line.includes('Redis is available again');
}

async function variables(world: World, ways: DeadWays<Store>, port: number): Promise<Record<string, string>> {
  const own = world.variables({ PORT: String(port) });
  const { BROKER_ENDPOINT = '', DATABASE_PORT, REDIS_PORT } = own;
  return {
    ...own,
    REDIS_PORT: String(await ways.to('redis', Number(REDIS_PORT))),
    DATABASE_PORT: String(await ways.to('database', Number(DATABASE_PORT))),
    BROKER_ENDPOINT: `amqp://127.0.0.1:${await ways.to('broker', Number(new URL(BROKER_ENDPOINT).port))}`,
  };
}
