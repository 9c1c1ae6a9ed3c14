import { describe, expect, it } from 'vitest';
import { checkJob } from '../src/features/jobs/new/checks.ts';
import { submissionFor } from '../src/features/jobs/new/submission.ts';
import { checkNewAccount, checkSignIn } from '../src/features/session/checks.ts';

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

describe('the checks before sending', () => {
  it('know the limits of jobs', () => {
    expect(checkJob(primes(2))).toEqual({});
    expect(checkJob(primes(5_000_000))).toEqual({});
    for (const limit of [1, 5_000_001, 2.5, Number.NaN]) {
      expect(checkJob(primes(limit))).toEqual({ limit: 'field.limit' });
    }
    expect(checkJob(statistics('a'.repeat(50_000)))).toEqual({});
    expect(checkJob(statistics('😀'.repeat(50_000)))).toEqual({});
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
    expect(checkNewAccount({ ...good, tenantName: '😀'.repeat(100) })).toEqual({});
    expect(checkNewAccount({ ...good, tenantName: 'a'.repeat(101) })).toEqual({
      tenantName: 'field.tooLong',
    });
    expect(checkSignIn({ ...good, password: '', tenantName: '' })).toEqual({ password: 'field.required' });
  });
});
