import type { JobSummary } from '../../api/jobs.ts';
import { fieldName } from '../../i18n/messages.ts';
import type { Language, Translate } from '../../i18n/language.ts';
import { numberText } from '../../i18n/numbers.ts';

const LENGTH = 60;
const SHORT_ID = 8;

export const shortId = (id: string): string => id.slice(0, SHORT_ID);

/** A job's input in a few words. */
export function shortInput({ payload, omitted }: JobSummary, language: Language, t: Translate): string {
  if (omitted.includes('payload')) return t('job.longInput');
  const fields = Object.entries<unknown>(typeof payload === 'object' ? { ...payload } : {});
  return shortened(
    fields
      .map(([name, value]) =>
        typeof value === 'string' ? value : `${fieldName(name, t)} ${textOf(value, language)}`,
      )
      .join(', '),
  );
}

/** A number as it is written, other values as JSON. */
export function textOf(value: unknown, language: Language): string {
  if (typeof value === 'number') return numberText(value, language);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shortened(text: string): string {
  const letters = Array.from(
    text
      .slice(0, 4 * LENGTH)
      .replace(/\s+/g, ' ')
      .trim(),
  );
  return letters.length > LENGTH ? `${letters.slice(0, LENGTH).join('')}…` : letters.join('');
}
