import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiError, NetworkError } from '../src/api/errors.ts';
import { isKey, languageFor, LANGUAGES, MESSAGES, translator } from '../src/i18n/language.ts';
import { localeOf, wholeNumber } from '../src/i18n/locale.ts';
import { kindName, messageOf, problemText } from '../src/i18n/messages.ts';

const SOURCE = join(import.meta.dirname, '../src');
const GENERATED = readFileSync(join(SOURCE, 'api/openapi.generated.ts'), 'utf8');
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
    const byName = /^(invalid|kind|name|outcome|period|problem|result|status|waiting)\./;
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
    expect(messageOf(new ApiError(401, 'x', { code: 'credentials_wrong' }), t)).toBe(
      t('problem.credentials_wrong'),
    );
    expect(messageOf(new ApiError(401, 'x'), t)).toBe(t('problem.session_ended'));
    expect(messageOf(new ApiError(429, 'x'), t)).toBe(t('problem.too_many_requests'));
    expect(messageOf(new ApiError(503, 'x'), t)).toBe(t('problem.unavailable'));
    expect(messageOf(new ApiError(500, 'x'), t)).toBe(t('error.unknown'));
    expect(messageOf(new Error('x'), t)).toBe(t('error.unknown'));
  });

  it('says what is wrong with a field, not in the words of the service', () => {
    const tooLong = { field: 'payload.text', code: 'too_long', params: { limit: 50_000 } } as const;
    expect(problemText(tooLong, t)).toBe('At most 50,000 characters.');
    expect(problemText({ ...tooLong, code: 'unknown_field' }, t)).toBe('This is not valid.');
    expect(problemText('field.email', t)).toBe(t('field.email'));
  });

  it('has a word for each code of the service', () => {
    const codes = GENERATED.match(/code: (("\w+"( \| )?)+);/g) ?? [];
    const [fields, problems] = codes.map((code) =>
      (code.match(/\w+(?=")/g) ?? []).filter((name) => name !== ''),
    );
    const words = new Set(keysOf(MESSAGES.en));
    const general = [
      'internal',
      'body_not_json',
      'method_not_allowed',
      'not_found',
      'too_many_fields',
      'unknown_field',
      'wrong_type',
    ];
    const unnamed = [
      ...(fields ?? []).map((name) => `invalid.${name}`),
      ...(problems ?? []).map((name) => `problem.${name}`),
    ].filter((key) => !words.has(key) && !general.includes(key.replace(/^\w+\./, '')));
    expect(codes).toHaveLength(2);
    expect(unnamed).toEqual([]);
  });

  it('keeps an unknown kind as it is', () => {
    expect(kindName('number.primes', t)).toBe('Prime numbers');
    expect(kindName('new.kind', t)).toBe('new.kind');
  });
});

describe('numbers and dates', () => {
  it('may be typed as the hint shows them', () => {
    expect(wholeNumber('5000000', 'en')).toBe(5_000_000);
    expect(wholeNumber(' 5,000,000 ', 'en')).toBe(5_000_000);
    expect(wholeNumber('5.000.000', 'pt-BR')).toBe(5_000_000);
    expect(wholeNumber('5 000 000', 'pt-BR')).toBe(5_000_000);
    for (const text of ['', '2.5', '5,00', '1e3', '-3', '0x10', ',000'])
      expect(wholeNumber(text, 'en')).toBeNaN();
    expect(wholeNumber('2,5', 'pt-BR')).toBeNaN();
  });

  it('are shown as in the browser, if it speaks the language of the page', () => {
    expect(localeOf('en', ['pt-BR', 'en-GB', 'en-US'])).toBe('en-GB');
    expect(localeOf('pt-BR', ['en-GB'])).toBe('pt-BR');
  });
});
