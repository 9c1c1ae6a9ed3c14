/** The text of a form's field; empty when there is no such field. */
export function valueOf(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value : '';
}

/** Focuses the first field with a problem. Returns whether there is one. */
export function focusProblem(form: HTMLFormElement, problems: object): boolean {
  const fields = [...form.elements].filter((element) => element instanceof HTMLElement);
  const first = fields.find((field) => (field.getAttribute('name') ?? '') in problems);
  first?.focus();
  return first !== undefined;
}
