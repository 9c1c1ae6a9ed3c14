import { Poison } from '../errors.ts';
import { isRecord } from '../messages.ts';
import type { Kind } from './kind.ts';
import type { Pace } from './pace.ts';

const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’-][\p{L}\p{N}\p{M}]+)*/gu;
const LINE_END = /\r\n|\n|\r/g;
const MOST_FREQUENT = 10;
const CHARACTERS_PER_UNIT = 1_000;
const CHARACTERS_PER_STEP = 16_384;

/** Counts the characters, words and lines of a text, and its most frequent words. */
export const textStatistics: Kind = async (payload, pace) => {
  const text = readText(payload);
  const characters = await countCharacters(text, pace);
  const { words, frequencies } = await countWords(text, pace);
  const result = { characters, words, lines: countLines(text), mostFrequent: mostFrequent(frequencies) };
  return { result, units: Math.max(1, Math.ceil(characters / CHARACTERS_PER_UNIT)) };
};

function readText(payload: unknown): string {
  const text = isRecord(payload) ? payload.text : undefined;
  if (typeof text === 'string') return text;
  throw new Poison('text must be a string');
}

/** Counts code points: a surrogate pair is one. */
async function countCharacters(text: string, pace: Pace): Promise<number> {
  let characters = 0;
  for (let index = 0; index < text.length; index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1) {
    characters++;
    if (characters % CHARACTERS_PER_STEP === 0) await pace.step((index / text.length) * 0.2);
  }
  return characters;
}

async function countWords(
  text: string,
  pace: Pace,
): Promise<{ words: number; frequencies: Map<string, number> }> {
  let words = 0;
  const frequencies = new Map<string, number>();
  for (const { 0: match, index } of text.matchAll(WORD)) {
    const word = match.toLowerCase();
    frequencies.set(word, (frequencies.get(word) ?? 0) + 1);
    words++;
    if (words % 256 === 0) await pace.step(0.2 + (index / text.length) * 0.8);
  }
  return { words, frequencies };
}

/** A line end at the end of the text begins no further line. */
function countLines(text: string): number {
  const ends = text.match(LINE_END)?.length ?? 0;
  return text === '' || /[\r\n]$/.test(text) ? ends : ends + 1;
}

function mostFrequent(frequencies: Map<string, number>): { word: string; count: number }[] {
  return [...frequencies]
    .map(([word, count]) => ({ word, count }))
    .sort((one, other) => other.count - one.count || (one.word < other.word ? -1 : 1))
    .slice(0, MOST_FREQUENT);
}
