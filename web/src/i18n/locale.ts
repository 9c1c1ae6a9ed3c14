import type { Language } from './language.ts';

/** The browser's own form of the page's language, such as en-GB, in which dates and numbers are shown. */
export function localeOf(language: Language, preferred: readonly string[] = navigator.languages): string {
  const base = baseOf(language);
  return preferred.find((tag) => baseOf(tag) === base) ?? language;
}

/**
 * A whole number as people type it: with or without the separators of thousands that the language shows. NaN for
 * anything else.
 */
export function wholeNumber(text: string, language: Language): number {
  const separator = new Intl.NumberFormat(language)
    .formatToParts(1_000_000)
    .find(({ type }) => type === 'group')?.value;
  const digits = text.trim().replaceAll(/[\s\u00a0\u202f]/g, separator ?? '');
  if (/^\d+$/.test(digits)) return Number(digits);
  const groups = digits.split(separator ?? '');
  const [first = '', ...rest] = groups;
  const isGrouped = /^\d{1,3}$/.test(first) && rest.every((group) => /^\d{3}$/.test(group));
  return isGrouped ? Number(groups.join('')) : Number.NaN;
}

/** How many characters people see, about: code points, as the API counts. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

const baseOf = (tag: string): string => tag.toLowerCase().split('-')[0] ?? '';
