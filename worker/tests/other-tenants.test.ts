import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Kind } from '../src/kinds/kind.ts';
import { eventually } from './support/processes.ts';
import { World } from './support/world.ts';

const CONCURRENCY = 2;
const VARIABLES = { WORKER_CONCURRENCY: String(CONCURRENCY), JOB_LOCK_SECONDS: '30' };

describe.skipIf(inject('skipReason'))('a tenant whose jobs fill the worker', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterEach(() => world.stopWorkers());
  afterAll(() => world.destroy());

  /** The ids of jobs in the order in which the worker took them. */
  const taken = async (): Promise<string[]> => {
    const events = await world.redis.xrange(world.queue.toKey('events'), '-', '+');
    return events
      .filter(([, [, event]]) => event === 'active')
      .map(([, fields]) => fields[fields.indexOf('jobId') + 1] ?? '');
  };

  it('lets the jobs of others start before any of its own ends', async () => {
    let started = 0;
    const release = Promise.withResolvers<undefined>();
    const heavy: Kind = async () => {
      started++;
      await release.promise;
      return { result: {}, units: 1 };
    };
    const light: Kind = () => Promise.resolve({ result: {}, units: 1 });
    const kinds = { 'number.primes': heavy, 'text.statistics': light };
    await world.worker(VARIABLES, { kinds });
    const ids: string[] = [];
    while (ids.length < 40) ids.push(await world.submit('number.primes', {}));
    await eventually(() => started === CONCURRENCY);
    for (const tenantId of [await world.addTenant(), await world.addTenant()]) {
      for (let count = 0; count < 3; count++) {
        const message = await world.row('text.statistics', {}, tenantId);
        await world.enqueue(message);
        await world.reached(message.jobId, 'succeeded');
      }
    }
    const startedMeanwhile = started;
    release.resolve(undefined);
    await eventually(() => started === ids.length);

    expect(startedMeanwhile).toBe(CONCURRENCY);
    expect((await taken()).filter((id) => ids.includes(id))).toEqual(ids);
  });

  it('gives each other tenant one place, and itself none beyond the concurrency', async () => {
    const running = new Map<string, number>();
    const release = Promise.withResolvers<undefined>();
    const kind: Kind = async (payload) => {
      const { tenantId } = payload as { tenantId: string };
      running.set(tenantId, (running.get(tenantId) ?? 0) + 1);
      await release.promise;
      return { result: {}, units: 1 };
    };
    await world.worker(VARIABLES, { kinds: { 'number.primes': kind } });
    const submit = async (tenantId: string): Promise<string> => {
      const message = await world.row('number.primes', { tenantId }, tenantId);
      await world.enqueue(message);
      return message.jobId;
    };
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => submit(world.tenantId)));
    await eventually(() => running.get(world.tenantId) === CONCURRENCY);
    const other = await world.addTenant();
    for (let count = 0; count < 3; count++) ids.push(await submit(other));
    await eventually(() => running.get(other) === 1);
    const last = await world.addTenant();
    ids.push(await submit(last));
    await eventually(() => running.get(last) === 1);
    const seen = Object.fromEntries(running);
    release.resolve(undefined);
    for (const id of ids) await world.reached(id, 'succeeded');

    expect(seen).toEqual({ [world.tenantId]: CONCURRENCY, [other]: 1, [last]: 1 });
  });
});
