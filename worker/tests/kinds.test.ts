import { afterEach, describe, expect, it, vi } from 'vitest';
import { Poison } from '../src/errors.ts';
import type { Kind, Outcome } from '../src/kinds/kind.ts';
import { numberPrimes } from '../src/kinds/number-primes.ts';
import { Pace } from '../src/kinds/pace.ts';
import { textStatistics } from '../src/kinds/text-statistics.ts';

const never = new AbortController().signal;
const run = (kind: Kind, payload: unknown): Promise<Outcome> =>
  kind(payload, new Pace(never, () => undefined));

describe('text.statistics', () => {
  it.each([
    ['', { characters: 0, words: 0, lines: 0, mostFrequent: [] }, 1],
    ['one\n', { characters: 4, words: 1, lines: 1, mostFrequent: [{ word: 'one', count: 1 }] }, 1],
    ['a\r\n\r\nb', { characters: 6, words: 2, lines: 3 }, 1],
    [
      'Não é o João? É, não é.',
      {
        characters: 23,
        words: 7,
        mostFrequent: [
          { word: 'é', count: 3 },
          { word: 'não', count: 2 },
          { word: 'joão', count: 1 },
          { word: 'o', count: 1 },
        ],
      },
      1,
    ],
    ["don't guarda-chuva 👍🏽 _x_", { characters: 25, words: 3 }, 1],
    ['word\t'.repeat(300), { characters: 1500, words: 300, lines: 1 }, 2],
  ])('counts %j', async (text, result, units) => {
    const outcome = await run(textStatistics, { text });

    expect(outcome.result).toMatchObject(result);
    expect(outcome.units).toBe(units);
  });

  it('names ten words at most', async () => {
    const { result } = await run(textStatistics, {
      text: Array.from({ length: 99 }, (_, i) => `w${i}`).join(' '),
    });

    expect((result as { mostFrequent: unknown[] }).mostFrequent).toHaveLength(10);
  });
});

describe('number.primes', () => {
  it.each([
    [2, { count: 1, largest: 2 }, 1],
    [10, { count: 4, largest: 7 }, 1],
    [7_919, { count: 1_000, largest: 7_919 }, 8],
    [100_000, { count: 9_592, largest: 99_991 }, 100],
  ])('counts those up to %i', async (limit, result, units) => {
    expect(await run(numberPrimes, { limit })).toEqual({ result, units });
  });
});

describe('a kind of job', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([
    [numberPrimes, { limit: 1 }],
    [numberPrimes, { limit: 5_000_001 }],
    [numberPrimes, { limit: 10.5 }],
    [numberPrimes, { limit: '10' }],
    [numberPrimes, null],
    [textStatistics, { text: 1 }],
    [textStatistics, [1]],
  ])('refuses a payload that it does not understand, without repeating it', async (kind, payload) => {
    await expect(run(kind, payload)).rejects.toThrow(Poison);
  });

  it.each([
    ['number.primes', numberPrimes, { limit: 100_000 }],
    ['text.statistics', textStatistics, { text: 'uma palavra '.repeat(20_000) }],
  ])('%s yields to other work, reports its progress, and ends when aborted', async (_, kind, payload) => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now++);
    const reports: number[] = [];
    let turns = 0;
    let isOver = false;
    const others = (): void => {
      turns++;
      if (!isOver) setImmediate(others);
    };
    setImmediate(others);
    await kind(payload, new Pace(never, (percent) => reports.push(percent)));
    isOver = true;

    expect(turns).toBeGreaterThan(5);
    expect(reports.length).toBeGreaterThan(3);
    expect(reports).toEqual(reports.toSorted((one, other) => one - other));
    expect(reports.at(-1)).toBeLessThanOrEqual(100);

    const end = new AbortController();
    const ended = kind(
      payload,
      new Pace(end.signal, () => {
        end.abort(new Error('enough'));
      }),
    );
    await expect(ended).rejects.toThrow('enough');
  });
});
