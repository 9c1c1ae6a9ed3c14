import { ApiError, NetworkError, NoAnswerError } from '../api/errors.ts';
import { isKey, type Key, type Translate } from './language.ts';

const BY_STATUS: Record<number, Key> = {
  401: 'session.expired',
  413: 'error.tooLarge',
  429: 'error.tooMany',
  502: 'error.unavailable',
  503: 'error.unavailable',
  504: 'error.unavailable',
};

/** The message for an error. A page may override it by status. */
export function messageOf(
  error: unknown,
  t: Translate,
  byStatus: Readonly<Partial<Record<number, Key>>> = {},
): string {
  if (error instanceof NoAnswerError) return t('error.noAnswer');
  if (error instanceof NetworkError) return t('error.network');
  if (!(error instanceof ApiError)) return t('error.unknown');
  const key = byStatus[error.status] ?? BY_STATUS[error.status];
  if (key !== undefined) return t(key);
  return error.status < 500 ? t('error.invalid', { detail: detailOf(error) }) : t('error.unknown');
}

export function kindName(kind: string, t: Translate): string {
  const key = `kind.${kind}`;
  return isKey(key) ? t(key) : kind;
}

export function resultName(name: string, t: Translate): string {
  const key = `result.${name}`;
  return isKey(key) ? t(key) : name;
}

function detailOf(error: ApiError): string {
  return error.fields.map(({ field, message }) => `${field}: ${message}`).join('; ') || error.message;
}
