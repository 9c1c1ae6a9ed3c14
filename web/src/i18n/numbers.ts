import type { Language } from './language.ts';

/** To make a format takes longer than to render a row. */
const formats = new Map<string, Intl.NumberFormat>();

/** With the language's separators, and as many decimals at least. */
export function numberText(value: number, language: Language, decimals = 0): string {
  const name = `${language} ${decimals}`;
  const format = formats.get(name) ?? new Intl.NumberFormat(language, { minimumFractionDigits: decimals });
  formats.set(name, format);
  return format.format(value);
}
