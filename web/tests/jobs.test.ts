import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createQueryClient } from '../src/app/query-client.ts';
import { type JobSummary, JobsApi, type NewJob } from '../src/api/jobs.ts';
import { Http } from '../src/api/http.ts';
import { Session } from '../src/api/session.ts';
import {
  applyAnswer,
  applyJobs,
  type JobPages,
  jobsOf,
  withJobs,
  withState,
} from '../src/features/jobs/data/cache.ts';
import { jobKeys } from '../src/features/jobs/data/keys.ts';
import { withRecent } from '../src/features/jobs/data/queries.ts';
import { recentState } from '../src/features/jobs/data/recent.ts';
import { json, problem, service, tokens } from './answers.ts';
import { job } from './some-jobs.ts';

const NEW: NewJob = { kind: 'number.primes', payload: { limit: 10 } };
const JOBS = '/api/v1/jobs';
const { signal } = new AbortController();

async function signedIn(fake: ReturnType<typeof service>): Promise<JobsApi> {
  const session = new Session({ http: new Http(fake.fetch) });
  await session.resume();
  return new JobsApi(session);
}

function answering(...answers: (() => Response)[]): ReturnType<typeof service> {
  return service(({ path }) => {
    if (path.endsWith('/refresh')) return tokens('a');
    return answers.shift()?.() ?? problem(500);
  });
}

function pages(...items: JobPages['pages'][number]['items'][]): JobPages {
  const isLast = (index: number): boolean => index === items.length - 1;
  return {
    pages: items.map((some, index) => ({ items: some, nextCursor: isLast(index) ? null : 'more' })),
    pageParams: items.map(() => undefined),
  };
}

describe('the requests about jobs', () => {
  it('submit with the key', async () => {
    const fake = answering(() => json(job({ id: 'j' }), 202));
    await (await signedIn(fake)).submit(NEW, 'key-1', signal);
    expect(fake.to(JOBS).map(({ headers }) => headers.get('idempotency-key'))).toEqual(['key-1']);
  });

  it('have what was refused', async () => {
    const fake = answering(() =>
      problem(422, { errors: [{ field: 'payload.limit', code: 'too_small', params: { limit: 2 } }] }),
    );
    await expect((await signedIn(fake)).submit(NEW, 'key-1', signal)).rejects.toMatchObject({
      status: 422,
      fields: [{ field: 'payload.limit', code: 'too_small', params: { limit: 2 } }],
    });
  });

  it('pass filters and cursor on', async () => {
    const fake = answering(() => json({ items: [], nextCursor: null }));
    const request = { filters: { status: 'failed' }, cursor: 'a b', limit: 20, signal } as const;
    await (await signedIn(fake)).list(request);
    expect(fake.calls.at(-1)?.path).toBe(`${JOBS}?limit=20&status=failed&cursor=a+b`);
  });
});

describe('the list', () => {
  const jobs = fc.array(
    fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), day: fc.integer({ min: 1, max: 9 }) }),
  );

  it('has each job once, the newest first', () => {
    fc.assert(
      fc.property(jobs, jobs, (known, arrived) => {
        const [old = [], young = []] = [known, arrived].map((list) =>
          list.map(({ id, day }) => job({ id, createdAt: `2026-01-0${day}T00:00:00Z` })),
        );
        const shown = jobsOf(withJobs(pages(old), {}, young));
        const dates = shown.map(({ createdAt }) => createdAt);
        expect(new Set(shown.map(({ id }) => id)).size).toBe(shown.length);
        expect(dates).toEqual(dates.toSorted().reverse());
      }),
    );
  });

  it('has a job that arrives where it belongs, not below what is loaded', () => {
    const at = (day: number): JobSummary => job({ id: `day-${day}`, createdAt: `2026-01-0${day}T00:00:00Z` });
    const partial: JobPages = {
      pages: [{ items: [at(5), at(3)], nextCursor: 'more' }],
      pageParams: [undefined],
    };
    const ids = jobsOf(withJobs(partial, {}, [at(9), at(4), at(2)])).map(({ id }) => id);
    expect(ids).toEqual(['day-9', 'day-5', 'day-4', 'day-3']);
  });

  it('has only jobs that match its filters', () => {
    const running = job({ id: 'a', status: 'running' });
    const shown = withJobs(pages([running]), { status: 'running' }, [
      { ...running, status: 'succeeded' },
      job({ id: 'b', status: 'running' }),
      job({ id: 'c' }),
    ]);
    expect(jobsOf(shown).map(({ id }) => id)).toEqual(['b']);
  });
});

describe('a state that arrives', () => {
  const client = createQueryClient();
  afterEach(() => {
    client.clear();
  });

  it('is in every list and page that shows its job', () => {
    const other = job({ id: 'other', createdAt: '2025-01-01T00:00:00.000Z' });
    client.setQueryData(jobKeys.list({}), pages([job()], [other]));
    client.setQueryData(jobKeys.detail('other'), { ...other, payload: { text: 'long' } });
    const arrived = { ...other, payload: null, omitted: ['payload' as const], progress: 40 };
    applyJobs(client, [arrived]);
    const shown = client.getQueryData<JobPages>(jobKeys.list({}));
    expect(shown && jobsOf(shown).map(({ progress }) => progress)).toEqual([0, 40]);
    expect(client.getQueryData(jobKeys.detail('other'))).toMatchObject({
      progress: 40,
      payload: { text: 'long' },
    });
    expect(recentState(client, 'other')).toEqual(arrived);
  });

  it('is not replaced by an earlier one that comes later', () => {
    const states = [
      job(),
      job({ status: 'running', attempts: 1 }),
      job({ status: 'succeeded', attempts: 1 }),
    ];
    states.slice(1).forEach((newer, index) => {
      const older = states[index] ?? newer;
      client.setQueryData(jobKeys.list({}), pages([newer]));
      applyJobs(client, [newer]);
      applyAnswer(client, older);
      const shown = client.getQueryData<JobPages>(jobKeys.list({}));
      expect(shown?.pages[0]?.items).toEqual([newer]);
      expect(withRecent(client, { items: [older], nextCursor: null }, {}, true).items).toEqual([newer]);
      applyJobs(client, [older]);
      expect(withRecent(client, { items: [newer], nextCursor: null }, {}, true).items).toEqual([newer]);
    });
  });

  it('leaves the long values that it omits as they are known', () => {
    const summary = job({ status: 'succeeded', payload: null, result: { count: 4 }, omitted: ['payload'] });
    expect(withState(job({ payload: { text: 'x' } }), summary)).toMatchObject({
      status: 'succeeded',
      payload: { text: 'x' },
      result: { count: 4 },
    });
  });
});
