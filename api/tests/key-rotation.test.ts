import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ApiClient } from './support/client.ts';
import { eventually } from './support/processes.ts';
import { type Replica, World } from './support/world.ts';

const GUIDE = '../docs/operations.md';
const USERS = 3;

describe.skipIf(inject('skipReason'))('the rotation of the signing keys', () => {
  let world: World;
  let replicas: Replica[];

  beforeAll(async () => {
    world = await World.create();
    const [first] = steps();
    replicas = [await start(first), await start(first)];
  });

  afterAll(() => world.destroy());

  const start = (keys = ''): Promise<Replica> => world.replica({ JWT_SIGNING_KEYS: keys });

  it('is noticed by no user of two replicas, while each step replaces one after the other', async () => {
    const stopping = new AbortController();
    const statuses: number[] = [];
    const users: ApiClient[] = [];
    const renewals = new Map<ApiClient, number>();
    for (let count = 0; count < USERS; count++) {
      const user = replicas[0]?.client.at(replicas[0].client.url);
      if (!user) throw new Error('no replica');
      await user.signUp();
      users.push(user);
    }
    /** A request to each replica in turn, as through a load balancer; every tenth renews the session at one of them. */
    const use = async (user: ApiClient): Promise<void> => {
      for (let count = 0; !stopping.signal.aborted; count++) {
        const url = replicas[count % replicas.length]?.client.url ?? '';
        const there = user.at(url);
        const renews = count % 10 === 9;
        const { status } = renews ? await there.refresh() : await there.get('/api/v1/jobs');
        user.token = there.token;
        user.cookie = there.cookie;
        statuses.push(status);
        if (renews) renewals.set(user, (renewals.get(user) ?? 0) + 1);
      }
    };
    const load = Promise.all(users.map(use));
    /** Each user has been at both replicas and has renewed the session. */
    const served = async (): Promise<void> => {
      const before = users.map((user) => renewals.get(user) ?? 0);
      await eventually(() =>
        users.every((user, index) => (renewals.get(user) ?? 0) > (before[index] ?? 0) + 1),
      );
    };
    for (const keys of steps().slice(1)) {
      for (const index of replicas.keys()) {
        const old = replicas[index];
        replicas[index] = await start(keys);
        await served();
        await old?.service.stop();
      }
      // Stands for the ten minutes after which each user has renewed the session.
      await served();
    }
    stopping.abort();
    await load;

    expect([...new Set(statuses)]).toEqual([200]);
  }, 180_000);
});

/** The values of JWT_SIGNING_KEYS, from the one before the rotation to the last. */
function steps(): string[] {
  const table = readFileSync(GUIDE, 'utf8').matchAll(/^\| .* \| `(\{"key-.*\})` \|/gm);
  return [...table].map(([, keys = '']) =>
    keys.replaceAll(/"\.\.\."/g, () => JSON.stringify('a signing key of the tests, long enough for all')),
  );
}
