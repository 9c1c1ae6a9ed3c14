import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ServerEvent, SseParser } from '../src/api/sse.ts';

const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, ''));
const name = fc.constantFrom('message', 'progress', 'other');
const sent = fc.array(fc.record({ event: name, lines: fc.array(line, { minLength: 1, maxLength: 4 }) }));
const ending = fc.constantFrom('\n', '\r', '\r\n');

function parse(pieces: readonly string[]): ServerEvent[] {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

function cut(text: string, places: readonly number[]): string[] {
  const cuts = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [...cuts, text.length].map((end, index) => text.slice(cuts[index - 1] ?? 0, end));
}

describe('the parser of event streams', () => {
  it('reads the same events wherever the pieces are cut', () => {
    fc.assert(
      fc.property(sent, ending, fc.array(fc.nat(), { maxLength: 30 }), (events, end, places) => {
        const text = events
          .map(({ event, lines }) => [`event: ${event}`, ...lines.map((data) => `data: ${data}`), ''])
          .map((block) => block.map((written) => written + end).join(''))
          .join(`: comment${end}`);
        const expected = events.map(({ event, lines }) => ({ event, data: lines.join('\n') }));
        expect(parse(cut(text, places))).toEqual(expected);
        expect(parse(Array.from(text))).toEqual(parse([text]));
      }),
    );
  });

  it('reads anything as it would in one piece', () => {
    const noise = fc.string({ unit: fc.constantFrom('\r', '\n', ':', ' ', 'data', 'event', 'x', '\uFEFF') });
    fc.assert(
      fc.property(noise, fc.array(fc.nat(), { maxLength: 10 }), (text, places) => {
        expect(parse(cut(text, places))).toEqual(parse([text]));
      }),
    );
  });

  it('knows events without a name, fields without a value and without the space', () => {
    expect(parse(['data:a\ndata\ndata:  b\n\n'])).toEqual([{ event: 'message', data: 'a\n\n b' }]);
  });

  it('ignores a byte order mark, comments and what is not complete', () => {
    expect(parse(['\uFEFFdata: 1\n\n: still here\n\nevent: lost\n\ndata: 2\n'])).toEqual([
      { event: 'message', data: '1' },
    ]);
  });

  it('notes how long to wait before the next try', () => {
    const parser = new SseParser();
    parser.push('retry: soon\nretry: 2000\n\n');
    expect(parser.retry).toBe(2000);
  });
});
