import { hash, verify } from '@node-rs/argon2';

/** Argon2id, by its number: the package's enum exists in types only. */
const OPTIONS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const dummyHash = hashPassword('nobody has this password');

export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFC'), OPTIONS);
}

/** Takes as long for an unknown user: the response time does not reveal who has an account. */
export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? (await dummyHash), password.normalize('NFC'));
  return passwordHash !== undefined && matches;
}
