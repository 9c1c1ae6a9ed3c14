import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from './support/processes.ts';
import { FreezableProxy } from './support/proxy.ts';
import { World } from './support/world.ts';

const KILLS = Number(process.env.KILLS ?? 10);
const LIMIT = 5_000_000;
const UNITS = 5_000;

/** When the worker is killed: early in the job, in its middle, or between its effect and the acknowledgement. */
const MOMENTS = [
  "status IN ('running', 'succeeded')",
  'progress > 20',
  'EXISTS (SELECT FROM job_effects WHERE job_id = jobs.id)',
] as const;

describe.skipIf(inject('skipReason'))('a worker that is killed', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterAll(() => world.destroy());

  it(
    `${KILLS} times in the middle of a job leaves every job with exactly one effect`,
    async () => {
      const ids: string[] = [];
      let kills = 0;
      let unacknowledged = 0;
      const reaches = (id: string, condition: string): Promise<unknown> =>
        eventually(
          async () => (await world.sql(`SELECT FROM jobs WHERE id = $1 AND ${condition}`, [id])).length > 0,
        );
      while (kills < KILLS) {
        const proxy = await FreezableProxy.to(world.redisServer.port);
        const variables = {
          JOB_STALL_LIMIT: '1000',
          WORKER_CONCURRENCY: '2',
          REDIS_PORT: String(proxy.port),
        };
        const program = await world.program(variables);
        const message = await world.row('number.primes', { limit: LIMIT });
        const id = message.jobId;
        ids.push(id);
        const moment = MOMENTS[ids.length % MOMENTS.length] ?? MOMENTS[0];
        const release = await world.hold(id);
        await world.enqueue(message);
        await world.waitsForRow();
        if (moment === MOMENTS[2]) proxy.freeze();
        await release();
        await reaches(id, moment);
        program.child.kill('SIGKILL');
        await program.ended;
        proxy.close();
        if ((await world.queue.getActiveCount()) > 0) kills++;
        const isActive = (await world.queue.getJobState(id)) === 'active';
        if (isActive && (await world.job(id))?.status === 'succeeded') unacknowledged++;
      }
      await world.worker({ JOB_STALL_LIMIT: '1000' });
      for (const id of ids) {
        await world.reached(id, 'succeeded');
        await world.queued(id, 'completed');
      }
      const effects = await world.sql<{ id: string }>('SELECT job_id AS id FROM job_effects');
      const usage = await world.usage();
      console.log(
        `kills in the middle of a job: ${kills}, of them between effect and acknowledgement: ${unacknowledged}; ` +
          `jobs: ${ids.length}, effects: ${effects.length}, jobs charged: ${usage.jobs}`,
      );

      expect(effects.map(({ id }) => id).sort()).toEqual(ids.toSorted());
      expect(usage).toEqual({ jobs: ids.length, units: ids.length * UNITS });
    },
    60_000 + KILLS * 10_000,
  );
});
