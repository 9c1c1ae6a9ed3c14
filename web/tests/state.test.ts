import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJob, checkNewAccount, checkSignIn } from '../src/state/checks.ts';
import { mergeJobs } from '../src/state/history.ts';
import { submissionFor } from '../src/state/submission.ts';
import { job } from './some-jobs.ts';

const primes = (limit: number) => ({ kind: 'number.primes', payload: { limit } }) as const;
const statistics = (text: string) => ({ kind: 'text.statistics', payload: { text } }) as const;

describe('a submission', () => {
  it('keeps its key while the same job is retried', () => {
    const first = submissionFor(primes(10), undefined, () => 'a');
    expect(submissionFor(primes(10), first, () => 'b').key).toBe('a');
    expect(submissionFor(primes(11), first, () => 'b').key).toBe('b');
    expect(submissionFor(primes(10), undefined, () => 'b').key).toBe('b');
  });

  it('has a unique key', () => {
    const keys = Array.from({ length: 100 }, () => submissionFor(primes(10), undefined).key);
    expect(new Set(keys).size).toBe(100);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('the history', () => {
  const jobs = fc.array(
    fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), day: fc.integer({ min: 1, max: 9 }) }),
  );

  it('has each job once, the newest first', () => {
    fc.assert(
      fc.property(jobs, jobs, (known, arrived) => {
        const made = [known, arrived].map((list) =>
          list.map(({ id, day }) => job({ id, createdAt: `2026-01-0${day}T00:00:00Z` })),
        );
        const merged = mergeJobs(made[0] ?? [], made[1] ?? []);
        const dates = merged.map(({ createdAt }) => createdAt);
        expect(new Set(merged.map(({ id }) => id)).size).toBe(merged.length);
        expect(dates).toEqual(dates.toSorted().reverse());
      }),
    );
  });

  it('replaces a job by its newer state, and never a finished one', () => {
    const running = job({ status: 'running', progress: 40 });
    const finished = job({ status: 'succeeded', progress: 100 });
    expect(mergeJobs([job()], [running])).toEqual([running]);
    expect(mergeJobs([running], [finished])).toEqual([finished]);
    expect(mergeJobs([finished], [running])).toEqual([finished]);
  });
});

describe('the checks before sending', () => {
  it('know the limits of jobs', () => {
    expect(checkJob(primes(2))).toEqual({});
    expect(checkJob(primes(5_000_000))).toEqual({});
    for (const limit of [1, 5_000_001, 2.5, Number.NaN]) {
      expect(checkJob(primes(limit))).toEqual({ limit: 'field.limit' });
    }
    expect(checkJob(statistics('a'.repeat(50_000)))).toEqual({});
    expect(checkJob(statistics('a'.repeat(50_001)))).toEqual({ text: 'field.tooLong' });
    expect(checkJob(statistics(' '))).toEqual({ text: 'field.required' });
  });

  it('know what an account needs', () => {
    const good = { email: 'ana@example.com', password: 'eight888', tenantName: 'Acme' };
    expect(checkNewAccount(good)).toEqual({});
    expect(checkNewAccount({ email: 'ana', password: 'short', tenantName: ' ' })).toEqual({
      email: 'field.email',
      password: 'field.password',
      tenantName: 'field.required',
    });
    expect(checkNewAccount({ ...good, tenantName: 'a'.repeat(101) })).toEqual({
      tenantName: 'field.tooLong',
    });
    expect(checkSignIn({ ...good, password: '', tenantName: '' })).toEqual({ password: 'field.required' });
  });
});
