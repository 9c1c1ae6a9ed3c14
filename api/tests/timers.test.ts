import { afterEach, expect, it, vi } from 'vitest';
import { backoff } from '../src/timers.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it.each([
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [6, 32_000],
  [7, 60_000],
  [5_000, 60_000],
])('draws the wait before attempt %i from all of 0 to %i ms', (attempt, ceiling) => {
  const random = vi.spyOn(Math, 'random');
  for (const part of [0, 0.25, 0.5, 0.999]) {
    random.mockReturnValue(part);

    expect(backoff(attempt, 1_000, 60_000)).toBe(part * ceiling);
  }
});
