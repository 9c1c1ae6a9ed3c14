import { browserStorage } from '../api/storage.ts';
import { en } from './en.ts';
import { numberText } from './numbers.ts';
import { pt } from './pt.ts';

export type Key = keyof typeof pt;
type Values = Readonly<Record<string, string | number>>;
export const LANGUAGES = ['pt-BR', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export type Translate = (key: Key, values?: Values) => string;

export const MESSAGES: Record<Language, Record<Key, string>> = { 'pt-BR': pt, en };
const STORED = 'plataforma.language';

export function isKey(key: string): key is Key {
  return key in pt;
}

export function translator(language: Language): Translate {
  const shown = (value: string | number = ''): string =>
    typeof value === 'number' ? numberText(value, language) : value;
  return (key, values = {}) =>
    MESSAGES[language][key].replace(/\{(\w+)\}/g, (_, name: string) => shown(values[name]));
}

/** The first of the browser's languages that is available, else Portuguese. */
export function languageFor(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const prefix = tag.toLowerCase().split('-')[0];
    if (prefix === 'pt') return 'pt-BR';
    if (prefix === 'en') return 'en';
  }
  return 'pt-BR';
}

export function storedLanguage(): Language {
  const stored = browserStorage.read(STORED);
  return LANGUAGES.find((language) => language === stored) ?? languageFor(navigator.languages);
}

export function storeLanguage(language: Language): void {
  browserStorage.write(STORED, language);
}
