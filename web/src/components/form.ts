import { useRef, useState } from 'react';
import { ApiError, type FieldError } from '../api/errors.ts';
import type { Key } from '../i18n/language.ts';

/** What is wrong with each field that is: found here, or by the API. */
export type Problems<Name extends string> = Partial<Record<Name, Key | FieldError>>;

/** The fields that the API refused, by the last part of their name: `payload.text` is the form's `text`. */
export function refusedFields<Name extends string>(error: unknown, names: readonly Name[]): Problems<Name> {
  const problems: Problems<Name> = {};
  if (!(error instanceof ApiError)) return problems;
  for (const refused of error.fields) {
    const name = names.find((known) => known === refused.field.split('.').at(-1));
    if (name) problems[name] = refused;
  }
  return problems;
}

/** Focuses the first field with a problem. Returns whether there is one. */
export function focusProblem(form: HTMLFormElement, problems: object): boolean {
  const fields = [...form.elements].filter((element) => element instanceof HTMLElement);
  const first = fields.find((field) => (field.getAttribute('name') ?? '') in problems);
  first?.focus();
  return first !== undefined;
}

export interface FormValues<Values> {
  values: Values;
  /** As the last event left them: further events may come before Preact renders what one has changed. */
  latest: () => Values;
  change: (part: Partial<Values>) => void;
}

/** What is filled in. */
export function useValues<Values extends object>(initial: () => Values): FormValues<Values> {
  const [values, setValues] = useState(initial);
  const last = useRef(values);
  return {
    values,
    latest: () => last.current,
    change: (part) => {
      last.current = { ...last.current, ...part };
      setValues(last.current);
    },
  };
}
