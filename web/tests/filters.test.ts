import { describe, expect, it } from 'vitest';
import { matches, queryOf } from '../src/api/job-filters.ts';
import { filtersOf, searchOf } from '../src/features/jobs/list/useJobFilters.ts';
import { job } from './some-jobs.ts';

const NOW = Date.parse('2026-01-02T00:00:00.000Z');
const one = job({ id: '0123abcd-0000-4000-8000-000000000000', createdAt: '2026-01-01T12:00:00.000Z' });

describe('the filters of a list', () => {
  it('come from the address and go back there', () => {
    const address = 'status=failed&period=24h&kind=number.primes&id=0123abcd';
    expect(searchOf(filtersOf(new URLSearchParams(address))).toString()).toBe(address);
  });

  it('leave out what the service would refuse, and what is empty', () => {
    const wrong = new URLSearchParams('status=x&period=9d&kind=&id=0123&from=yesterday&to=2026-1-1');
    expect(filtersOf(wrong)).toEqual({});
    expect(searchOf({ kind: '', id: undefined }).size).toBe(0);
  });

  it.each([
    'from=9999-99-99',
    'from=2026-02-30',
    'from=20267-11-20',
    'from=0002-11-20',
    'to=9999-12-31',
    'kind=%00',
    'kind=foo',
    'id=--------',
    'id=0123abcd0',
  ])('leave out %s', (address) => {
    expect(filtersOf(new URLSearchParams(address))).toEqual({});
  });

  it('take every day and beginning of an id that the service takes', () => {
    for (const address of ['from=1970-01-01&to=9999-12-30', 'id=0123abcd-4', 'from=2028-02-29'])
      expect(searchOf(filtersOf(new URLSearchParams(address))).toString()).toBe(address);
    expect(queryOf({ to: '9999-12-30' }).createdBefore).toMatch(/^9999-/);
  });

  it('are what the service takes: periods up to now, and whole days of this time zone', () => {
    expect(queryOf({ status: 'queued', period: '24h' }, NOW)).toEqual({
      status: 'queued',
      createdFrom: '2026-01-01T00:00:00.000Z',
    });
    expect(queryOf({ from: '2026-01-31', to: '2026-01-31' })).toEqual({
      createdFrom: new Date(2026, 0, 31).toISOString(),
      createdBefore: new Date(2026, 1, 1).toISOString(),
    });
  });

  it('hold for jobs that arrive as they do for those that are read', () => {
    expect(matches(one, {}, NOW)).toBe(true);
    expect(
      matches(one, { status: 'queued', kind: 'number.primes', id: '0123ABCD', period: '24h' }, NOW),
    ).toBe(true);
    expect(matches(one, { status: 'failed' }, NOW)).toBe(false);
    expect(matches(one, { kind: 'text.statistics' }, NOW)).toBe(false);
    expect(matches(one, { id: '99999999' }, NOW)).toBe(false);
    expect(matches(one, { period: '1h' }, NOW)).toBe(false);
    expect(matches(one, { to: '2025-12-30' }, NOW)).toBe(false);
  });
});
