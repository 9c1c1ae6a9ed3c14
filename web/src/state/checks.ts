import type { NewJob } from '../api/jobs.ts';
import type { Key } from '../i18n/language.ts';

export type Problems<Name extends string> = Partial<Record<Name, Key>>;

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const TEXT_LENGTH = 50_000;
const LEAST_LIMIT = 2;
const GREATEST_LIMIT = 5_000_000;

export type AccountField = 'email' | 'password' | 'tenantName';
export type AccountValues = Record<AccountField, string>;

export function checkSignIn({ email, password }: AccountValues): Problems<AccountField> {
  return {
    ...(EMAIL.test(email) ? {} : { email: 'field.email' }),
    ...(password === '' ? { password: 'field.required' } : {}),
  };
}

export function checkNewAccount(values: AccountValues): Problems<AccountField> {
  const { password, tenantName } = values;
  const length = Array.from(password).length;
  return {
    ...checkSignIn(values),
    ...(length < 8 || length > 128 ? { password: 'field.password' } : {}),
    ...(tenantName.trim() === '' ? { tenantName: 'field.required' } : {}),
    ...(tenantName.length > 100 ? { tenantName: 'field.tooLong' } : {}),
  };
}

export type JobField = 'text' | 'limit';

export function checkJob(job: NewJob): Problems<JobField> {
  if (job.kind === 'text.statistics') {
    const { text } = job.payload;
    if (text.trim() === '') return { text: 'field.required' };
    return text.length > TEXT_LENGTH ? { text: 'field.tooLong' } : {};
  }
  const { limit } = job.payload;
  const good = Number.isInteger(limit) && limit >= LEAST_LIMIT && limit <= GREATEST_LIMIT;
  return good ? {} : { limit: 'field.limit' };
}
