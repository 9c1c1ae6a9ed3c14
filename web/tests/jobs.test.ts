import { describe, expect, it } from 'vitest';
import { type Job, Jobs, type NewJob } from '../src/api/jobs.ts';
import { Session } from '../src/api/session.ts';
import { json, problem, service, tokens } from './answers.ts';
import { job } from './some-jobs.ts';

const NEW: NewJob = { kind: 'number.primes', payload: { limit: 10 } };
const JOBS = '/api/v1/jobs';

async function signedIn(fake: ReturnType<typeof service>): Promise<Jobs> {
  const session = new Session({ fetch: fake.fetch });
  await session.resume();
  return new Jobs(session, () => Promise.resolve());
}

function answering(...answers: (() => Response)[]): ReturnType<typeof service> {
  return service(({ path }) => {
    if (path.endsWith('/refresh')) return tokens('a');
    return answers.shift()?.() ?? problem(500);
  });
}

describe('submitting', () => {
  it('repeats with the same key until the service has answered', async () => {
    const fake = answering(
      () => problem(503),
      () => {
        throw new TypeError('failed to fetch');
      },
      () => json(job({ id: 'j' }), 202),
    );
    const accepted = await (await signedIn(fake)).submit(NEW, 'key-1');
    expect(accepted.id).toBe('j');
    expect(fake.to(JOBS).map(({ headers }) => headers.get('idempotency-key'))).toEqual([
      'key-1',
      'key-1',
      'key-1',
    ]);
  });

  it('does not repeat what was refused', async () => {
    const fake = answering(() => problem(422, { errors: [{ field: 'payload.limit', message: 'wrong' }] }));
    await expect((await signedIn(fake)).submit(NEW, 'key-1')).rejects.toMatchObject({
      status: 422,
      fields: [{ field: 'payload.limit', message: 'wrong' }],
    });
    expect(fake.to(JOBS)).toHaveLength(1);
  });

  it('reports the failure after three attempts', async () => {
    const fake = answering(...[503, 502, 504, 503].map((status) => () => problem(status)));
    await expect((await signedIn(fake)).submit(NEW, 'key-1')).rejects.toMatchObject({ status: 504 });
  });
});

describe('watching a job', () => {
  it('ends with its last event', async () => {
    const events = [
      job({ progress: 50, status: 'running' }),
      job({ progress: 100, status: 'succeeded' }),
    ].map((state) => ({ ...state, omitted: [] }));
    const text = events.map((data) => `event: progress\ndata: ${JSON.stringify(data)}\n\n`).join('');
    const fake = answering(() => new Response(`retry: 2000\n\n: hello\n\nevent: other\ndata: x\n\n${text}`));
    const seen: Job[] = [];
    await (
      await signedIn(fake)
    ).watch('j', {
      onJob: (arrived) => seen.push(arrived),
      onConnection: () => undefined,
      signal: new AbortController().signal,
    });
    expect(seen.map(({ progress }) => progress)).toEqual([50, 100]);
    expect(fake.to(`${JOBS}/j/events`)[0]?.headers.get('authorization')).toBe('Bearer a');
  });
});

describe('a result that the last event leaves out', () => {
  it('is read from the job, once the replica that answers has it', async () => {
    const summary = { ...job({ status: 'succeeded' }), omitted: ['result'] };
    const fake = answering(
      () => new Response(`event: progress\ndata: ${JSON.stringify(summary)}\n\n`),
      () => json(job({ status: 'running' })),
      () => json(job({ status: 'succeeded', result: { words: 3 } })),
    );
    const seen: Job[] = [];
    await (
      await signedIn(fake)
    ).watch('j', {
      onJob: (arrived) => seen.push(arrived),
      onConnection: () => undefined,
      signal: new AbortController().signal,
    });
    expect(seen.map(({ status, result }) => [status, result])).toEqual([
      ['succeeded', null],
      ['succeeded', { words: 3 }],
    ]);
  });
});

describe('the list', () => {
  it('passes the cursor on', async () => {
    const fake = answering(
      () => json({ items: [], nextCursor: 'a b' }),
      () => json({ items: [], nextCursor: null }),
    );
    const jobs = await signedIn(fake);
    const { nextCursor } = await jobs.list();
    await jobs.list(nextCursor ?? undefined);
    expect(fake.calls.slice(1).map(({ path }) => path)).toEqual([
      `${JOBS}?limit=20`,
      `${JOBS}?limit=20&cursor=a+b`,
    ]);
  });
});
