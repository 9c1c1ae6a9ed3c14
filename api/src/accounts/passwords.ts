import { hash, verify } from '@node-rs/argon2';

/** Argon2id; the package's default algorithm, named by number since its enum exists in types only. */
const OPTIONS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const nobody = hashPassword('nobody has this password');

export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFC'), OPTIONS);
}

/** Works as long for an unknown user, so that the time of an answer does not tell who has an account. */
export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? (await nobody), password.normalize('NFC'));
  return passwordHash !== undefined && matches;
}
