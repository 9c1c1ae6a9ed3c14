import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { cancelJob } from '../../api/src/jobs/single-job/cancellation.ts';
import { Database } from '../../api/src/stores/database.ts';
import { readConfig } from '../src/config.ts';
import { JobFailure } from '../src/errors.ts';
import { Cancelled } from '../src/jobs/cancellations.ts';
import type { Kind } from '../src/kinds/kind.ts';
import { createLogger } from '../src/observability/logger.ts';
import { eventually } from './support/processes.ts';
import { World } from './support/world.ts';

const RACES = 300;
const AT_ONCE = 20;

/** As the backend cancels: its own code. */
describe.skipIf(inject('skipReason'))('a job that is cancelled', () => {
  let world: World;
  let backend: Database;

  beforeAll(async () => {
    world = await World.create();
    const config = readConfig(world.variables());
    const database = { ...config.database, readerHost: config.database.host };
    backend = new Database(database, createLogger(config), () => undefined);
  });

  afterEach(() => world.stopWorkers());
  afterAll(async () => {
    await backend.close();
    await world.destroy();
  });

  /** True once the job is cancelled, false if it had ended. */
  const cancel = (id: string): Promise<boolean> =>
    cancelJob(backend, world.tenantId, id).then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'job_finished' });
        return false;
      },
    );

  it(`has no effect after the answer, and one that is not has it once: ${RACES} cancels of jobs that finish`, async () => {
    const before = await world.usage();
    const finish = new Map<number, () => void>();
    const kind: Kind = (payload) =>
      new Promise((resolve) => {
        finish.set((payload as { number: number }).number, () => {
          resolve({ result: {}, units: 1 });
        });
      });
    const concurrency = { WORKER_CONCURRENCY: String(AT_ONCE) };
    const kinds = { 'number.primes': kind };
    await Promise.all([world.worker(concurrency, { kinds }), world.worker(concurrency, { kinds })]);
    const race = async (number: number): Promise<{ id: string; wasCancelled: boolean }> => {
      const id = await world.submit('number.primes', { number });
      const end = await eventually(() => finish.get(number));
      // Of three one is cancelled before it finishes, one afterwards, and one at the same time.
      if (number % 3 === 1) end();
      if (number % 3 === 1) await world.reached(id, 'succeeded');
      const cancelling = cancel(id);
      if (number % 3 === 2) end();
      const wasCancelled = await cancelling;
      end();
      await world.queued(id, 'completed');
      return { id, wasCancelled };
    };
    const races = [];
    for (let number = 0; number < RACES; number += AT_ONCE)
      races.push(...(await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => race(number + index)))));
    const cancelled = races.filter(({ wasCancelled }) => wasCancelled).map(({ id }) => id);
    const finished = races.filter(({ wasCancelled }) => !wasCancelled).map(({ id }) => id);
    console.log(
      `cancels of jobs that finish: ${RACES}, in time: ${cancelled.length}, too late: ${finished.length}`,
    );

    expect(cancelled.length).toBeGreaterThanOrEqual(RACES / 3);
    expect(finished.length).toBeGreaterThanOrEqual(RACES / 3);
    const effects = await world.sql<{ id: string }>('SELECT job_id AS id FROM job_effects');
    expect(effects.map(({ id }) => id).sort()).toEqual(finished.toSorted());
    const rows = await world.sql<{ id: string }>("SELECT id FROM jobs WHERE status = 'cancelled'");
    expect(rows.map(({ id }) => id).sort()).toEqual(cancelled.toSorted());
    expect(await world.usage()).toEqual({
      jobs: before.jobs + finished.length,
      units: before.units + finished.length,
    });
  });

  it('ends soon while it runs, even if it ignores its signal, and is neither retried nor set aside', async () => {
    const started = Promise.withResolvers<AbortSignal>();
    const kind: Kind = (_payload, { signal }) => {
      started.resolve(signal);
      return new Promise(() => undefined);
    };
    const { url } = await world.worker({}, { kinds: { 'number.primes': kind } });
    const id = await world.submit('number.primes', {});
    const signal = await started.promise;
    expect(await cancel(id)).toBe(true);
    await world.queued(id, 'completed');

    expect(signal.reason).toBeInstanceOf(Cancelled);
    expect(await world.job(id)).toMatchObject({ status: 'cancelled', attempts: 1, error: null });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const counts = Object.fromEntries(
      [...metrics.matchAll(/^jobs_processed_total\{kind="number.primes",outcome="(\w+)"\S* (\d+)$/gm)].map(
        ([, outcome, count]) => [String(outcome), Number(count)] as const,
      ),
    );
    expect(counts).toEqual({ succeeded: 0, retried: 0, failed: 0, cancelled: 1 });
  });

  it('is not started, neither from the queue nor after its worker was killed', async () => {
    const before = await world.usage();
    const program = await world.program();
    const running = await world.submit('number.primes', { limit: 5_000_000 });
    await world.reached(running, 'running');
    program.child.kill('SIGKILL');
    await program.ended;
    const waiting = await world.submit('number.primes', { limit: 10 });
    expect([await cancel(running), await cancel(waiting)]).toEqual([true, true]);
    await world.worker();

    for (const id of [running, waiting]) {
      await world.queued(id, 'completed');
      expect(await world.job(id)).toMatchObject({ status: 'cancelled', result: null });
      expect(await world.effects(id)).toBe(0);
    }
    expect(await world.usage()).toEqual(before);
  });

  it('is not tried again after a failed attempt, which is kept', async () => {
    const failing: Kind = () => Promise.reject(new JobFailure('no luck'));
    await world.worker({}, { kinds: { 'number.primes': failing } });
    const id = await world.submit('number.primes', {}, 5);
    await world.queued(id, 'delayed');
    expect(await cancel(id)).toBe(true);
    await (await world.queue.getJob(id))?.promote();
    await world.queued(id, 'completed');

    expect(await world.job(id)).toMatchObject({ status: 'cancelled', attempts: 1 });
    expect(
      await world.sql(
        'SELECT number, error, finished_at >= started_at AS ended FROM job_attempts WHERE job_id = $1',
        [id],
      ),
    ).toEqual([{ number: 1, error: 'no luck', ended: true }]);
  });

  it('is not set aside though its last attempt fails in this moment', async () => {
    const started = Promise.withResolvers<undefined>();
    const fail = Promise.withResolvers<never>();
    const kind: Kind = () => {
      started.resolve(undefined);
      return fail.promise;
    };
    await world.worker({}, { kinds: { 'number.primes': kind } });
    const id = await world.submit('number.primes', {}, 1);
    await started.promise;
    expect(await cancel(id)).toBe(true);
    fail.reject(new JobFailure('no luck'));
    await world.queued(id, 'completed');

    expect(await world.job(id)).toMatchObject({ status: 'cancelled', error: null });
  });
});
