import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiError, NetworkError } from '../src/api/errors.ts';
import { isKey, languageFor, LANGUAGES, MESSAGES, translator } from '../src/i18n/language.ts';
import { kindName, messageOf } from '../src/i18n/messages.ts';

const SOURCE = join(import.meta.dirname, '../src');
const keysOf = (messages: object): string[] => Object.keys(messages).sort();
const placesOf = (message: string): string[] => (message.match(/\{\w+\}/g) ?? []).sort();

function sourceText(): string {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !/i18n\/(pt|en)\.ts$/.test(path))
    .map((path) => readFileSync(join(SOURCE, path), 'utf8'))
    .join('\n');
}

describe('the languages', () => {
  it.each(LANGUAGES)('%s has every message, none empty, with the same placeholders', (language) => {
    expect(keysOf(MESSAGES[language])).toEqual(keysOf(MESSAGES['pt-BR']));
    for (const [key, message] of Object.entries(MESSAGES[language])) {
      expect(message.trim()).not.toBe('');
      if (isKey(key)) expect(placesOf(message)).toEqual(placesOf(MESSAGES['pt-BR'][key]));
    }
  });

  it('have no message that nothing uses', () => {
    const text = sourceText();
    const byName = /^(kind|result|status)\./;
    const unused = keysOf(MESSAGES.en).filter((key) => !byName.test(key) && !text.includes(`'${key}'`));
    expect(unused).toEqual([]);
  });

  it('are chosen by the browser', () => {
    expect(languageFor(['pt-PT', 'en'])).toBe('pt-BR');
    expect(languageFor(['de', 'en-GB', 'pt'])).toBe('en');
    expect(languageFor(['de'])).toBe('pt-BR');
    expect(languageFor([])).toBe('pt-BR');
  });

  it('fill in values', () => {
    expect(translator('en')('app.footer', { environment: 'local', version: '1' })).toBe(
      'Environment local, version 1',
    );
  });
});

describe('the message for an error', () => {
  const t = translator('en');

  it('depends on what went wrong, and where', () => {
    expect(messageOf(new NetworkError('x'), t)).toBe(t('error.network'));
    expect(messageOf(new ApiError(401, 'x'), t, { 401: 'session.wrong' })).toBe(t('session.wrong'));
    expect(messageOf(new ApiError(401, 'x'), t)).toBe(t('session.expired'));
    expect(messageOf(new ApiError(429, 'x'), t)).toBe(t('error.tooMany'));
    expect(messageOf(new ApiError(503, 'x'), t)).toBe(t('error.unavailable'));
    expect(messageOf(new ApiError(500, 'x'), t)).toBe(t('error.unknown'));
    expect(messageOf(new Error('x'), t)).toBe(t('error.unknown'));
  });

  it('names the fields that the service refused', () => {
    const fields = [{ field: 'payload.limit', message: 'must be >= 2' }];
    expect(messageOf(new ApiError(400, 'invalid', 'r', fields), t)).toContain('payload.limit: must be >= 2');
    expect(messageOf(new ApiError(422, 'used before'), t)).toContain('used before');
  });

  it('keeps an unknown kind as it is', () => {
    expect(kindName('number.primes', t)).toBe('Prime numbers');
    expect(kindName('new.kind', t)).toBe('new.kind');
  });
});
