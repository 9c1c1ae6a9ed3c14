import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { follow } from '../src/api/event-stream.ts';
import { streamOf } from './streams.ts';

interface Event {
  event: string;
  data: string;
}

const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, ''));
const name = fc.constantFrom('message', 'progress', 'other');
const sent = fc.array(fc.record({ event: name, lines: fc.array(line, { minLength: 1, maxLength: 3 }) }), {
  maxLength: 4,
});
const ending = fc.constantFrom('\n', '\r', '\r\n');

/** The events of one stream, and how long the client waits before it opens the next. */
async function read(pieces: readonly string[]): Promise<{ events: Event[]; waitMs: number }> {
  const events: Event[] = [];
  const stop = new AbortController();
  let waitMs = 0;
  await follow({
    open: () => Promise.resolve(streamOf(...pieces)),
    onEvent: ({ event = 'message', data }) => events.push({ event, data }),
    onConnection: () => undefined,
    signal: stop.signal,
    wait: (milliseconds) => {
      waitMs = milliseconds;
      stop.abort();
      return Promise.resolve();
    },
  });
  return { events, waitMs };
}

const parse = async (pieces: readonly string[]): Promise<Event[]> => (await read(pieces)).events;

/** Cut between whole characters: a piece is encoded by itself. */
function cut(text: string, places: readonly number[]): string[] {
  const characters = Array.from(text);
  const cuts = [...new Set(places.map((place) => place % (characters.length + 1)))].sort((a, b) => a - b);
  return [...cuts, characters.length].map((end, index) =>
    characters.slice(cuts[index - 1] ?? 0, end).join(''),
  );
}

describe('an event stream', () => {
  it('has the same events wherever its pieces are cut', async () => {
    await fc.assert(
      fc.asyncProperty(sent, ending, fc.array(fc.nat(), { maxLength: 30 }), async (events, end, places) => {
        const text = events
          .map(({ event, lines }) => [`event: ${event}`, ...lines.map((data) => `data: ${data}`), ''])
          .map((block) => block.map((written) => written + end).join(''))
          .join(`: comment${end}`);
        const expected = events.map(({ event, lines }) => ({ event, data: lines.join('\n') }));
        expect(await parse(cut(text, places))).toEqual(expected);
        expect(await parse(Array.from(text))).toEqual(expected);
      }),
    );
  }, 30_000);

  it('that is malformed is read as it would be in one piece', async () => {
    const noise = fc.string({ unit: fc.constantFrom('\r', '\n', ':', ' ', 'data', 'event', 'x', '\uFEFF') });
    await fc.assert(
      fc.asyncProperty(noise, fc.array(fc.nat(), { maxLength: 10 }), async (text, places) => {
        expect(await parse(cut(text, places))).toEqual(await parse([text]));
      }),
    );
  });

  it('has events without a name, fields without a value and without the space', async () => {
    expect(await parse(['data:a\ndata\ndata:  b\n\n'])).toEqual([{ event: 'message', data: 'a\n\n b' }]);
  });

  it('has no event of a byte order mark, a comment or what is not complete', async () => {
    expect(await parse(['\uFEFFdata: 1\n\n: keep-alive\n\nevent: lost\n\ndata: 2\n'])).toEqual([
      { event: 'message', data: '1' },
    ]);
  });

  it('sets the time to wait before the next attempt', async () => {
    const { waitMs } = await read(['retry: soon\nretry: 8000\n\n']);
    expect(waitMs).toBeGreaterThanOrEqual(4_000);
  });
});
