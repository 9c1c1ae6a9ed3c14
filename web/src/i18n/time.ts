import type { Language } from './language.ts';
import { localeOf } from './locale.ts';
import { numberText } from './numbers.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ['second', SECOND, MINUTE],
  ['minute', MINUTE, HOUR],
  ['hour', HOUR, DAY],
  ['day', DAY, Infinity],
] as const;

const PARTS = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
} as const;

interface Formats {
  absolute: Intl.DateTimeFormat;
  relative: Intl.RelativeTimeFormat;
}

/** To make one takes as long as to render a row. */
const formats = new Map<Language, Formats>();

function formatsOf(language: Language): Formats {
  const known = formats.get(language) ?? {
    absolute: new Intl.DateTimeFormat(localeOf(language), PARTS),
    relative: new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' }),
  };
  formats.set(language, known);
  return known;
}

/** With its zone: people of several look at the same jobs. */
export function absoluteTime(time: Date, language: Language): string {
  return formatsOf(language).absolute.format(time);
}

export function relativeTime(time: Date, language: Language, now = Date.now()): string {
  const elapsed = time.getTime() - now;
  const [unit, size] = STEPS.find(([, , limit]) => Math.abs(elapsed) < limit) ?? STEPS[3];
  // Seconds in tens: a long list of new jobs would change each second.
  const step = unit === 'second' ? 10 : 1;
  return formatsOf(language).relative.format(Math.trunc(elapsed / size / step) * step, unit);
}

/** Two units at most, whose symbols are the same in all languages. */
export function duration(milliseconds: number, language: Language): string {
  const ms = Math.max(0, milliseconds);
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${tenths(ms / SECOND, language)} s`;
  const [large, small, symbols] = ms < HOUR ? [MINUTE, SECOND, 'min s'] : [HOUR, MINUTE, 'h min'];
  const [first = '', second = ''] = symbols.split(' ');
  return `${numberText(Math.floor(ms / large), language)} ${first} ${Math.floor((ms % large) / small)} ${second}`;
}

function tenths(seconds: number, language: Language): string {
  return numberText(Math.floor(seconds * 10) / 10, language, 1);
}
