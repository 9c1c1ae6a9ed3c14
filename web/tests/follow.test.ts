import { describe, expect, it } from 'vitest';
import { ApiError, NetworkError } from '../src/api/errors.ts';
import { follow } from '../src/api/follow.ts';
import { responseOf, streamOf } from './streams.ts';

interface Seen {
  events: string[];
  connections: boolean[];
  waits: number[];
}

async function following(
  attempts: (() => Response | Promise<Response>)[],
  isFinished?: (seen: Seen) => boolean,
): Promise<Seen> {
  const seen: Seen = { events: [], connections: [], waits: [] };
  const stop = new AbortController();
  const next = attempts[Symbol.iterator]();
  await follow({
    open: async () => {
      const attempt = next.next();
      if (!attempt.done) return attempt.value();
      stop.abort();
      throw new NetworkError('aborted');
    },
    onEvent: ({ data }) => seen.events.push(data),
    onConnection: (connected) => seen.connections.push(connected),
    isFinished: () => isFinished?.(seen) ?? false,
    signal: stop.signal,
    wait: (milliseconds) => {
      seen.waits.push(milliseconds);
      return Promise.resolve();
    },
  });
  return seen;
}

const broken = (): Response =>
  new Response(
    new ReadableStream({
      start: (controller) => {
        controller.error(new Error('cut'));
      },
    }),
  );

const away = (): never => {
  throw new NetworkError('refused');
};

describe('following a stream', () => {
  it('ends when there is nothing more', async () => {
    const seen = await following([() => streamOf('data: 1\n\nda', 'ta: 2\n\n')], () => true);
    expect(seen.events).toEqual(['1', '2']);
    expect(seen.waits).toEqual([]);
  });

  it('opens a stream again that the service has ended', async () => {
    const seen = await following(
      [() => streamOf('data: 1\n\n'), () => streamOf('data: 2\n\n')],
      ({ events }) => events.includes('2'),
    );
    expect(seen.events).toEqual(['1', '2']);
    expect(seen.connections).toEqual([true, true]);
  });

  it('reports a connection as lost when it breaks, not when the service ends the stream', async () => {
    const seen = await following([() => streamOf('data: 1\n\n'), broken, () => streamOf()]);
    expect(seen.connections).toEqual([true, true, false, true, false]);
  });

  it('waits longer after each failure, and as before once it is connected', async () => {
    const { waits } = await following([away, away, away, () => streamOf(), away]);
    const limits = [1_000, 2_000, 4_000, 1_000, 2_000];
    limits.forEach((limit, index) => {
      expect(waits[index]).toBeGreaterThanOrEqual(limit / 2);
      expect(waits[index]).toBeLessThanOrEqual(limit);
    });
  });

  it('retries while the service is busy, and stops when it is refused', async () => {
    const refuse = (status: number) => () => {
      throw new ApiError(status, 'refused');
    };
    await expect(following([refuse(503), refuse(429), refuse(404), away])).rejects.toMatchObject({
      status: 404,
    });
  });

  it('opens a stream again that has gone silent', async () => {
    const stop = new AbortController();
    const opened: AbortSignal[] = [];
    await follow({
      open: (signal) => {
        opened.push(signal);
        if (opened.length === 2) stop.abort();
        const body = new ReadableStream({
          start(controller) {
            signal.addEventListener('abort', () => {
              controller.error(signal.reason);
            });
            if (signal.aborted) controller.error(signal.reason);
          },
        });
        return Promise.resolve(new Response(body));
      },
      onEvent: () => undefined,
      signal: stop.signal,
      silenceMs: 1,
      wait: () => Promise.resolve(),
    });
    expect(opened).toHaveLength(2);
  });

  it('decodes letters that are cut in two', async () => {
    const bytes = [...new TextEncoder().encode('data: ação\n\n')].map((byte) => Uint8Array.of(byte));
    const seen = await following([() => responseOf(bytes)], () => true);
    expect(seen.events).toEqual(['ação']);
  });
});
