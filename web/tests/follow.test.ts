import { describe, expect, it } from 'vitest';
import { ApiError, NetworkError } from '../src/api/errors.ts';
import { follow } from '../src/api/event-stream.ts';
import { responseOf, streamOf } from './streams.ts';

interface Seen {
  events: string[];
  connections: boolean[];
  waits: number[];
}

async function following(attempts: (() => Response | Promise<Response>)[]): Promise<Seen> {
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
  it('opens a stream again that the service has ended', async () => {
    const seen = await following([
      () => streamOf('data: 1\n\nda', 'ta: 2\n\n'),
      () => streamOf('data: 3\n\n'),
    ]);
    expect(seen.events).toEqual(['1', '2', '3']);
    expect(seen.connections).toEqual([true, true, false]);
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

  it('retries while the service refuses', async () => {
    const refuse = (status: number) => () => {
      throw new ApiError(status, 'refused');
    };
    const seen = await following([refuse(503), refuse(429), () => streamOf('data: 1\n\n')]);
    expect(seen.events).toEqual(['1']);
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
      onConnection: () => undefined,
      signal: stop.signal,
      silenceMs: 1,
      wait: () => Promise.resolve(),
    });
    expect(opened).toHaveLength(2);
  });

  it('decodes letters that are cut in two', async () => {
    const bytes = [...new TextEncoder().encode('data: ação\n\n')].map((byte) => Uint8Array.of(byte));
    const seen = await following([() => responseOf(bytes)]);
    expect(seen.events).toEqual(['ação']);
  });
});
