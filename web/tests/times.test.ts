import { describe, expect, it } from 'vitest';
import { duration, relativeTime } from '../src/i18n/time.ts';
import { shortInput } from '../src/features/jobs/input.ts';
import { translator } from '../src/i18n/language.ts';
import { job } from './some-jobs.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

describe('times', () => {
  it('have two units at most', () => {
    expect(duration(138, 'en')).toBe('138 ms');
    expect(duration(2_450, 'en')).toBe('2.4 s');
    expect(duration(2_450, 'pt-BR')).toBe('2,4 s');
    expect(duration(192 * SECOND, 'en')).toBe('3 min 12 s');
    expect(duration(2 * HOUR + 300 * SECOND, 'en')).toBe('2 h 5 min');
    expect(duration(-5, 'en')).toBe('0 ms');
  });

  it('are told as before or after now', () => {
    const now = 30 * 24 * HOUR;
    expect(relativeTime(new Date(now - 59 * SECOND), 'en', now)).toBe('50 sec. ago');
    expect(relativeTime(new Date(now - 9 * SECOND), 'en', now)).toBe('now');
    expect(relativeTime(new Date(now - 61 * SECOND), 'en', now)).toBe('1 min. ago');
    expect(relativeTime(new Date(now + 3 * HOUR), 'pt-BR', now)).toBe('em 3 h');
    expect(relativeTime(new Date(now - 24 * HOUR), 'en', now)).toBe('yesterday');
  });
});

describe('the input of a job in a list', () => {
  const t = translator('en');

  it('is short, in one line', () => {
    expect(shortInput(job({ payload: { limit: 5_000_000 } }), 'en', t)).toBe('Limit 5,000,000');
    expect(shortInput(job({ payload: { text: `one\n two ${'😀'.repeat(100)}` } }), 'en', t)).toBe(
      `one two ${'😀'.repeat(52)}…`,
    );
  });

  it('says that it is long where the list leaves it out', () => {
    expect(shortInput(job({ payload: null, omitted: ['payload'] }), 'en', t)).toBe('Long input');
  });
});
