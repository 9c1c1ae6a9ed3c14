import type { Problems } from '../../components/form.ts';
import { lengthOf } from '../../i18n/locale.ts';

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

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
  const length = lengthOf(password);
  return {
    ...checkSignIn(values),
    ...(length < 8 || length > 128 ? { password: 'field.password' } : {}),
    ...(tenantName.trim() === '' ? { tenantName: 'field.required' } : {}),
    ...(lengthOf(tenantName) > 100 ? { tenantName: 'field.tooLong' } : {}),
  };
}
