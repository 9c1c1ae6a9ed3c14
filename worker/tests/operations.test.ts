import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Kind } from '../src/kinds/kind.ts';
import { eventually } from './support/processes.ts';
import { World } from './support/world.ts';

const FAST = { reportMs: 50 };

describe.skipIf(inject('skipReason'))('operations', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterEach(() => world.stopWorkers());
  afterAll(() => world.destroy());

  const metrics = async (url: string): Promise<Map<string, number>> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const end = line.lastIndexOf(' ');
        const name = line.slice(0, end).replace(/service="worker",?/, '');
        return [name.replace(',}', '}').replace('{}', ''), Number(line.slice(end))];
      }),
    );
  };
  const embedded = (): Record<string, unknown> =>
    JSON.parse(world.output.findLast((line) => line.includes('"_aws"')) ?? '{}') as Record<string, unknown>;

  it('exits with 1 and names the registered queues, when its own is not one of them', async () => {
    await world.redis.sadd('plataforma:queues', 'emails');
    const program = world.run('dist/main.js', { WORKER_QUEUE: 'job' });

    expect(await program.ended).toEqual([1, null]);
    expect(program.output()).toContain(
      'WORKER_QUEUE names \\"job\\", which no producer has registered. Registered: emails, jobs',
    );
    expect(program.output()).not.toContain('_aws');
    await world.redis.srem('plataforma:queues', 'emails');
  });

  it('waits, alive but not ready, until a producer has registered the queue', async () => {
    await world.redis.del('plataforma:queues');
    const { url } = await world.worker({}, FAST);
    await eventually(() => world.output.some((line) => line.includes('queue not registered')));

    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ checks: { queue: 'failed', database: 'ok', redis: 'ok' } });
    expect([...(await metrics(url)).keys()].filter((name) => name.startsWith('queue_'))).toEqual([]);
    await world.redis.sadd('plataforma:queues', 'jobs');
    await eventually(async () => (await fetch(`${url}/readyz`)).ok);
  });

  it('does not say that a registered queue is not, while it connects to Redis', async () => {
    const since = world.output.length;
    const { url } = await world.worker();
    await eventually(async () => (await fetch(`${url}/readyz`)).ok);

    expect(world.output.slice(since).join('')).not.toContain('queue not registered');
  });

  it('reports the queue to Prometheus and CloudWatch', async () => {
    const ends: (() => void)[] = [];
    const kind: Kind = () =>
      new Promise((resolve) => {
        ends.push(() => {
          resolve({ result: {}, units: 1 });
        });
      });
    const options = { ...FAST, kinds: { 'text.statistics': kind } };
    const alone = { WORKER_CONCURRENCY: '1', JOB_LOCK_SECONDS: '30' };
    const { url } = await world.worker(alone, options);
    await world.worker(alone, options);
    const submit = async (age: number): Promise<void> => {
      const message = await world.row('text.statistics', {});
      await world.queue.add(message.kind, message, { jobId: message.jobId, timestamp: Date.now() - age });
    };
    for (let count = 0; count < 2; count++) await submit(0);
    await eventually(() => ends.length === 2);
    await submit(60_000);
    for (let count = 0; count < 2; count++) await submit(0);
    const values = await eventually(async () => {
      const all = await metrics(url);
      return all.get('queue_depth{queue="jobs"}') === 3 ? all : undefined;
    });

    expect(values.get('queue_oldest_age_seconds{queue="jobs"}')).toBeGreaterThanOrEqual(60);
    expect(values.get('queue_in_flight{queue="jobs"}')).toBe(2);
    expect(values.get('queue_failed{queue="jobs"}')).toBe(0);
    await eventually(() => embedded().QueueDepth === 3);
    expect(embedded().OldestJobAgeSeconds).toBeGreaterThanOrEqual(60);
    expect(embedded()).toMatchObject({
      level: 'info',
      service: 'worker',
      Environment: 'local',
      Queue: 'jobs',
      QueueDepth: 3,
      JobsInFlight: 2,
    });
    await eventually(async () => {
      for (const end of ends.splice(0)) end();
      return (await world.queue.getCompletedCount()) === 5;
    });
    const after = await eventually(async () => {
      const all = await metrics(url);
      return all.get('queue_depth{queue="jobs"}') === 0 ? all : undefined;
    });
    expect(after.get('queue_oldest_age_seconds{queue="jobs"}')).toBe(0);
  });

  it('writes embedded metrics as CloudWatch specifies them', async () => {
    await world.worker({}, FAST);
    const seen = world.output.length;
    await eventually(() => world.output.slice(seen).some((line) => line.includes('_aws')));
    const schema = JSON.parse(readFileSync('tests/support/embedded-metrics.schema.json', 'utf8')) as object;
    const validate = new Ajv({ strict: false }).compile(schema);
    const line = embedded();

    expect(validate(line), JSON.stringify(validate.errors)).toBe(true);
    const aws = line._aws as {
      Timestamp: number;
      CloudWatchMetrics: [{ Namespace: string; Dimensions: [string[]]; Metrics: { Name: string }[] }];
    };
    const [directive] = aws.CloudWatchMetrics;
    expect(directive.Namespace).toBe('Plataforma/Queues');
    expect(directive.Dimensions).toEqual([['Environment', 'Queue']]);
    expect(directive.Metrics.map(({ Name }) => Name)).toEqual([
      'QueueDepth',
      'OldestJobAgeSeconds',
      'JobsInFlight',
    ]);
    for (const { Name } of directive.Metrics) expect(typeof line[Name]).toBe('number');
    for (const name of directive.Dimensions[0]) expect(typeof line[name]).toBe('string');
    expect(Math.abs(Date.now() - aws.Timestamp)).toBeLessThan(60_000);
  });

  it('reports nothing, rather than zero, while Redis is not available or the queue is not registered', async () => {
    const { url } = await world.worker({}, FAST);
    const gauges = async (): Promise<string[]> =>
      [...(await metrics(url)).keys()].filter((name) => name.startsWith('queue_'));
    await eventually(async () => (await gauges()).length === 4);
    await world.redis.srem('plataforma:queues', 'jobs');
    await eventually(async () => (await gauges()).length === 0);
    const seen = world.output.length;
    await eventually(() =>
      world.output.slice(seen).some((line) => line.includes('queue measurement failed')),
    );
    expect(world.output.slice(seen).join('')).not.toContain('_aws');

    await world.redis.sadd('plataforma:queues', 'jobs');
    await eventually(async () => (await gauges()).length === 4);
    await world.redisServer.stop();
    await eventually(async () => (await gauges()).length === 0);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    await world.redisServer.start();
    await eventually(async () => (await gauges()).length === 4);
    await eventually(async () => (await fetch(`${url}/readyz`)).ok);
  });

  it('counts jobs by kind and outcome, their duration and their wait', async () => {
    const { url } = await world.worker();
    const fresh = await metrics(url);
    expect(fresh.get('jobs_processed_total{kind="text.statistics",outcome="failed"}')).toBe(0);
    expect(fresh.get('process_memory_limit_bytes')).toBeGreaterThan(
      fresh.get('process_resident_memory_bytes') ?? NaN,
    );
    const done = await world.submit('number.primes', { limit: 1_000 });
    const dead = await world.submit('x'.repeat(50), {});
    await world.reached(done, 'succeeded');
    await world.reached(dead, 'failed');
    const values = await metrics(url);

    expect(values.get('jobs_processed_total{kind="number.primes",outcome="succeeded"}')).toBe(1);
    expect(values.get('jobs_processed_total{kind="unknown",outcome="failed"}')).toBe(1);
    await eventually(
      async () => (await metrics(url)).get('job_duration_seconds_count{kind="number.primes"}') === 1,
    );
    expect(values.get('job_wait_seconds_count')).toBe(2);
    expect(values.has('nodejs_eventloop_lag_seconds')).toBe(true);
    expect((await fetch(`${url}/other`)).status).toBe(404);
  });

  it('warns when Redis may evict jobs', async () => {
    await world.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const seen = world.output.length;
    const { url } = await world.worker();
    await eventually(async () => (await fetch(`${url}/readyz`)).ok);

    expect(world.output.slice(seen).join('')).toContain('"policy":"allkeys-lru"');
    await world.redis.config('SET', 'maxmemory-policy', 'noeviction');
  });

  it('writes JSON lines with the request and the trace, and never a payload, a result or a secret', async () => {
    const secretText = 'segredo-do-cliente';
    const program = await world.program({ LOG_LEVEL: 'trace' });
    const message = await world.row('text.statistics', { text: secretText });
    await world.enqueue(message);
    await world.reached(message.jobId, 'succeeded');
    const bad = await world.row('number.primes', { limit: secretText });
    await world.enqueue(bad);
    await world.reached(bad.jobId, 'failed');
    program.child.kill('SIGTERM');
    await program.ended;
    const lines = program.output().trimEnd().split('\n');
    const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);

    for (const record of records) {
      expect(record).toMatchObject({ service: 'worker', version: 'unknown', environment: 'local' });
      expect(['debug', 'info', 'warn', 'error']).toContain(record.level);
      expect(new Date(record.time as string).toISOString()).toBe(record.time);
    }
    expect(records).toContainEqual(
      expect.objectContaining({
        msg: 'job succeeded',
        requestId: message.requestId,
        traceId: message.traceparent.slice(3, 35),
      }),
    );
    for (const secret of [secretText, 'the-database-password', 'guest']) {
      expect(program.output()).not.toContain(secret);
    }
  });
});
