import type { NewJob } from '../../../api/jobs.ts';

export const KINDS = ['text.statistics', 'number.primes'] as const;
export type Kind = (typeof KINDS)[number];

/** What is typed into the form: a text for each kind, so that changing the kind loses nothing. */
export interface Draft {
  kind: Kind;
  text: string;
  limit: string;
}

export const EMPTY: Draft = { kind: 'text.statistics', text: '', limit: '' };

export function jobOf({ kind, text, limit }: Draft): NewJob {
  if (kind === 'text.statistics') return { kind, payload: { text } };
  const digits = limit.trim();
  return { kind, payload: { limit: /^\d+$/.test(digits) ? Number(digits) : Number.NaN } };
}
