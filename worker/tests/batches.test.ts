import { describe, expect, it } from 'vitest';
import { Unavailable } from '../src/errors.ts';
import { Batches } from '../src/jobs/batches.ts';

describe('batches', () => {
  it('do together what comes together, and what comes while all lanes are at work', async () => {
    const calls: { items: readonly number[]; lane: number; end: () => void }[] = [];
    const batches = new Batches<number, number>(2, (items, lane) => {
      const results = items.map((item) => 10 * item);
      return new Promise((resolve) => {
        const end = (): void => {
          resolve(results);
        };
        calls.push({ items, lane, end });
      });
    });
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const first = Promise.all([1, 2, 3].map((item) => batches.add(item)));
    await turn();
    const second = batches.add(4);
    await turn();
    const later = Promise.all([5, 6].map((item) => batches.add(item)));
    await turn();

    expect(calls.map(({ items }) => items)).toEqual([[1, 2, 3], [4]]);
    expect(new Set(calls.map(({ lane }) => lane))).toEqual(new Set([0, 1]));
    calls[0]?.end();
    expect(await first).toEqual([10, 20, 30]);
    await turn();
    expect(calls[2]).toMatchObject({ items: [5, 6], lane: calls[0]?.lane });
    calls[1]?.end();
    calls[2]?.end();
    expect(await second).toBe(40);
    expect(await later).toEqual([50, 60]);
  });

  it('let one that fails do so alone, and all when the dependency is not available', async () => {
    let isAvailable = true;
    const batches = new Batches<number, number>(1, (items) => {
      if (!isAvailable) return Promise.reject(new Unavailable('database', undefined));
      return items.includes(2) ? Promise.reject(new Error('two')) : Promise.resolve(items);
    });
    const submit = (): Promise<unknown[]> =>
      Promise.all([1, 2, 3].map((item) => batches.add(item).catch((error: unknown) => String(error))));

    expect(await submit()).toEqual([1, 'Error: two', 3]);
    isAvailable = false;
    expect(new Set(await submit())).toEqual(new Set(['Unavailable: database is not available']));
  });
});
