import type { NewJob } from '../../../api/jobs.ts';
import { tabStorage } from '../../../api/storage.ts';
import { type FormValues, useValues } from '../../../components/form.ts';
import type { Language } from '../../../i18n/language.ts';
import { wholeNumber } from '../../../i18n/locale.ts';

export const KINDS = ['text.statistics', 'number.primes'] as const;
export type Kind = (typeof KINDS)[number];

/** What is typed into the form: a text for each kind, so that changing the kind loses nothing. */
export interface Draft {
  kind: Kind;
  text: string;
  limit: string;
}

const EMPTY: Draft = { kind: 'text.statistics', text: '', limit: '' };

/** A user's draft, which outlasts the page, the session and a reload, in this tab, until it is forgotten. */
export function useDraft(userId: string): FormValues<Draft> {
  const { values, latest, change } = useValues(() => readDraft(tabStorage.read(keyOf(userId))));
  return {
    values,
    latest,
    change: (part) => {
      change(part);
      tabStorage.write(keyOf(userId), JSON.stringify(latest()));
    },
  };
}

export function hasDraft(userId: string): boolean {
  return tabStorage.read(keyOf(userId)) !== undefined;
}

/** Once it is sent, and when its user signs out here. */
export function forgetDraft(userId: string): void {
  tabStorage.write(keyOf(userId), undefined);
}

const keyOf = (userId: string): string => `plataforma.draft.${userId}`;

/** Of what another version of the application may have written. */
function readDraft(stored: string | undefined): Draft {
  try {
    const { kind, text, limit } = JSON.parse(stored ?? '{}') as Partial<Record<keyof Draft, unknown>>;
    return {
      kind: KINDS.find((known) => known === kind) ?? EMPTY.kind,
      text: typeof text === 'string' ? text : '',
      limit: typeof limit === 'string' ? limit : '',
    };
  } catch {
    return EMPTY;
  }
}

export function jobOf({ kind, text, limit }: Draft, language: Language): NewJob {
  if (kind === 'text.statistics') return { kind, payload: { text } };
  return { kind, payload: { limit: wholeNumber(limit, language) } };
}
