import type { Key } from '../i18n/language.ts';

/** The message of each field that is wrong. */
export type Problems<Name extends string> = Partial<Record<Name, Key>>;

/** Focuses the first field with a problem. Returns whether there is one. */
export function focusProblem(form: HTMLFormElement, problems: object): boolean {
  const fields = [...form.elements].filter((element) => element instanceof HTMLElement);
  const first = fields.find((field) => (field.getAttribute('name') ?? '') in problems);
  first?.focus();
  return first !== undefined;
}
