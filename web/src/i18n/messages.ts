import { ApiError, type FieldError, NetworkError, NoAnswerError } from '../api/errors.ts';
import { isKey, type Key, type Translate } from './language.ts';

/** Of answers without a code of ours, as a proxy gives them. */
const BY_STATUS: Record<number, Key> = {
  401: 'problem.session_ended',
  413: 'problem.body_too_large',
  429: 'problem.too_many_requests',
  502: 'problem.unavailable',
  503: 'problem.unavailable',
  504: 'problem.unavailable',
};

/** The message for an error, by its code. */
export function messageOf(error: unknown, t: Translate): string {
  if (error instanceof NoAnswerError) return t('error.noAnswer');
  if (error instanceof NetworkError) return t('error.network');
  if (!(error instanceof ApiError)) return t('error.unknown');
  const coded = `problem.${error.code ?? ''}`;
  const key = isKey(coded) ? coded : BY_STATUS[error.status];
  return t(key ?? (error.status < 500 ? 'problem.refused' : 'error.unknown'));
}

/** What is wrong with a field: a key of ours, or what the API found. */
export function problemText(problem: Key | FieldError, t: Translate): string {
  if (typeof problem === 'string') return t(problem);
  const key = `invalid.${problem.code}`;
  const { limit, allowed } = problem.params;
  return t(isKey(key) ? key : 'invalid.invalid', {
    ...(limit !== undefined && { limit }),
    ...(allowed && { allowed: allowed.join(', ') }),
  });
}

export function kindName(kind: string, t: Translate): string {
  const key = `kind.${kind}`;
  return isKey(key) ? t(key) : kind;
}

/** Of a field of a job's input or result. */
export function fieldName(name: string, t: Translate): string {
  const key = `name.${name}`;
  return isKey(key) ? t(key) : name;
}
