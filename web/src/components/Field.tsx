import { type ReactElement, useId } from 'react';
import type { FieldError } from '../api/errors.ts';
import { useLocalisation } from '../i18n/context.ts';
import type { Key } from '../i18n/language.ts';
import { problemText } from '../i18n/messages.ts';
import { PasswordInput } from './PasswordInput.tsx';

/** What connects a field with the state of its form. */
export interface FieldState {
  name: string;
  value: string;
  problem: Key | FieldError | undefined;
  onChange: (value: string) => void;
}

interface Props extends FieldState {
  label: string;
  hint?: string;
  type?: 'text' | 'email' | 'password' | 'multiline';
  inputMode?: 'numeric';
  autoComplete?: string;
}

/** A labelled input with its hint and, after a submission, its problem. */
export function Field({ label, onChange, hint, problem, type = 'text', ...rest }: Props): ReactElement {
  const { t } = useLocalisation();
  const id = useId();
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ');
  const input = {
    id,
    'aria-describedby': described || undefined,
    'aria-invalid': problem !== undefined,
    'aria-required': true,
    onChange: ({ target }: { target: { value: string } }) => {
      onChange(target.value);
    },
    ...rest,
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <span id={`${id}-hint`} className="small">
          {hint}
        </span>
      )}
      {type === 'multiline' && <textarea rows={6} {...input} />}
      {type === 'password' && <PasswordInput {...input} />}
      {type !== 'multiline' && type !== 'password' && <input type={type} {...input} />}
      {problem !== undefined && (
        <span id={`${id}-problem`} className="problem">
          {problemText(problem, t)}
        </span>
      )}
    </div>
  );
}
