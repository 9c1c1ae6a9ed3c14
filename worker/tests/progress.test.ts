import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Kind } from '../src/kinds/kind.ts';
import { eventually } from './support/processes.ts';
import { World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('progress', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterAll(() => world.destroy());

  it('is saved and announced while the job runs', async () => {
    let isEnough = false;
    const kind: Kind = async (_, pace) => {
      while (!isEnough) await pace.step(0.5);
      return { result: {}, units: 1 };
    };
    const announced: string[] = [];
    const listener = world.redis.duplicate();
    listener.on('message', (_, id) => announced.push(id));
    await listener.subscribe(`progress:${world.tenantId}`);
    await world.worker({}, { kinds: { 'text.statistics': kind } });
    const id = await world.submit('text.statistics', {});

    await eventually(async () => (await world.job(id))?.progress === 50);
    await eventually(() => announced.length === 2);
    expect(await world.job(id)).toMatchObject({ status: 'running' });
    isEnough = true;
    expect(await world.reached(id, 'succeeded')).toMatchObject({ progress: 100 });
    await eventually(() => announced.length === 3);
    expect(announced).toEqual([id, id, id]);
    listener.disconnect();
  });
});
