import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { JobBody, SessionBody } from './support/client.ts';
import { eventually } from './support/processes.ts';
import { type Replica, World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('progress', () => {
  let world: World;
  let one: Replica;
  let two: Replica;
  let user: SessionBody['user'];

  beforeAll(async () => {
    world = await World.create();
    [one, two] = await Promise.all([world.replica(), world.replica()]);
    ({ user } = await one.client.signUp());
  });

  afterAll(() => world.destroy());

  const submit = async (): Promise<string> => (await one.client.submit()).body.id;
  const states = (jobs: JobBody[]): [string, number][] =>
    jobs.map(({ status, progress }) => [status, progress]);

  it('reaches clients of every replica and ends with the job', async () => {
    const id = await submit();
    const other = one.client.at(two.client.url);
    const streams = await Promise.all(
      [one.client, other].map((client) => client.follow(`/api/v1/jobs/${id}/events`)),
    );
    for (const stream of streams) expect((await stream.next())?.status).toBe('queued');

    await world.setJob(id, { status: 'running', progress: 50 });
    for (const stream of streams)
      expect(states([await stream.until(({ progress }) => progress === 50)])).toEqual([['running', 50]]);
    await world.setJob(id, { status: 'succeeded', progress: 100 });
    for (const stream of streams) expect(states(await stream.rest())).toEqual([['succeeded', 100]]);
    expect(streams[0]?.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(streams[0]?.response.headers.get('x-accel-buffering')).toBe('no');
  });

  it('sends a finished job once and ends', async () => {
    const id = await submit();
    await world.setJob(id, { status: 'failed', progress: 30 });

    expect(states(await (await one.client.follow(`/api/v1/jobs/${id}/events`)).rest())).toEqual([
      ['failed', 30],
    ]);
  });

  it('never misses the last event, however it races with the subscription', async () => {
    const race = async (): Promise<string | undefined> => {
      const id = await submit();
      const [stream] = await Promise.all([
        one.client.follow(`/api/v1/jobs/${id}/events`),
        world.setJob(id, { status: 'succeeded', progress: 100 }),
      ]);
      return (await stream.rest()).at(-1)?.status;
    };

    expect(await Promise.all(Array.from({ length: 40 }, race))).toEqual(Array(40).fill('succeeded'));
  });

  it('goes on after a message that is no job', async () => {
    const id = await submit();
    const stream = await one.client.follow('/api/v1/jobs/events');
    await stream.until((job) => job.id === id);

    await world.redis.publish(`progress:${user.tenantId}`, 'anything');
    await world.setJob(id, { status: 'running', progress: 40 });
    await stream.until((job) => job.id === id && job.progress === 40);
    stream.close();
  });

  it('sends the last event after an outage of Redis during which it happened', async () => {
    const id = await submit();
    const stream = await one.client.follow(`/api/v1/jobs/${id}/events`);
    expect((await stream.next())?.status).toBe('queued');

    await world.redisServer.stop();
    await world.sql(`UPDATE jobs SET status = 'succeeded', progress = 100 WHERE id = $1`, [id]);
    await world.redisServer.start();

    expect(states(await stream.rest())).toEqual([['succeeded', 100]]);
  });

  it("shows all of a tenant's jobs in one stream, and no one else's", async () => {
    const old = await submit();
    const stream = await one.client.follow('/api/v1/jobs/events');
    await stream.until(({ id }) => id === old);
    const stranger = one.client.at(two.client.url);
    await stranger.signUp();
    const strange = await stranger.submit();
    await world.setJob(strange.body.id, { status: 'succeeded', progress: 100 });
    await world.redis.publish(`progress:${user.tenantId}`, strange.body.id);
    const seen: string[] = [];

    const fresh = (await one.client.at(two.client.url).submit()).body.id;
    await stream.until(({ id }) => (seen.push(id), id === fresh));
    await world.setJob(old, { status: 'succeeded', progress: 100 });
    await stream.until(({ id, status }) => (seen.push(id), id === old && status === 'succeeded'));
    await world.setJob(fresh, { status: 'failed', progress: 10 });
    await stream.until(({ id, status }) => (seen.push(id), id === fresh && status === 'failed'));

    expect(seen).not.toContain(strange.body.id);
    stream.close();
  });

  it('drops clients that have disconnected', async () => {
    const gauge = async (): Promise<string | undefined> => {
      const text = await (await fetch(one.service.metricsUrl)).text();
      return /^sse_clients{.*} (\d+)$/m.exec(text)?.[1];
    };
    await eventually(async () => (await gauge()) === '0');
    const stream = await one.client.follow('/api/v1/jobs/events');
    expect(await gauge()).toBe('1');
    stream.close();
    await eventually(async () => (await gauge()) === '0');
    await eventually(async () => (await world.redis.pubsub('CHANNELS', 'progress:*')).length === 0);
  });
});
