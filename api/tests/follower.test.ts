import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { FollowedJob } from '../src/jobs/followed-jobs.ts';
import { Follower } from '../src/jobs/follower.ts';
import { TenantFeed } from '../src/jobs/tenant-feed.ts';

const EVENT_BYTES = 1_000;

function jobAt(id: string, version: string): FollowedJob {
  const times = { createdAt: new Date(0), startedAt: null, finishedAt: null };
  const rest = { payload: 'x'.repeat(EVENT_BYTES), result: null, error: null, progress: 0, attempts: 0 };
  const maker = { createdBy: null, origin: 'user' as const, requestId: null, runAgainOf: null };
  const summary = { id, kind: version, status: 'queued' as const, ...times, ...rest, ...maker, omitted: [] };
  return { tenantId: 't', id, version, summary };
}

/** A tenant's feed with one client; `change` sends a version of a job as the reader would. */
function followed(): { feed: TenantFeed; client: Follower; change: (id: string, version: string) => void } {
  const feed = new TenantFeed('t');
  const client = new Follower(undefined, () => undefined);
  feed.add(client);
  const change = (id: string, version: string): void => {
    feed.markChanged(id);
    feed.gather();
    feed.deliver([id], [jobAt(id, version)]);
  };
  return { feed, client, change };
}

function textOf(client: Follower): string {
  const chunks: Buffer[] = [];
  for (let chunk: unknown = client.read(); chunk; chunk = client.read()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('a client that takes nothing', () => {
  it('keeps no more than its room, and then gets the latest state of each job alone', () => {
    const { feed, client, change } = followed();
    for (let version = 1; version <= 500; version++) change(`job-${version % 100}`, String(version));
    expect(client.readableLength).toBeLessThan(40_000);
    expect(feed.nextJobs()).toEqual([]);

    textOf(client);
    const due = feed.nextJobs();
    expect(due.length).toBeGreaterThan(0);
    feed.deliver(
      due,
      due.map((id) => jobAt(id, 'latest')),
    );
    expect(
      textOf(client)
        .match(/"kind":"\w+"/g)
        ?.every((kind) => kind === '"kind":"latest"'),
    ).toBe(true);
  });

  it('is disconnected when it is too far behind', async () => {
    const { client, change } = followed();
    for (let job = 1; job <= 1_100; job++) change(`job-${job}`, '1');

    expect(client.due.size).toBe(0);
    const ended = once(client, 'end');
    client.resume();
    await ended;
  });
});
