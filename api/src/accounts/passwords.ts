import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { BoundedQueue } from './bounded-queue.ts';

/** Argon2id, by its number: the package's enum exists in types only. */
const OPTIONS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Of a password that nobody knows. */
const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$egYjtSMUyaMR6vrgurtUew$XuA1LJnUne6BunEa7E/AJdcJkRfiZA7+TV+d0UFzShQ';

/**
 * A hash takes a core for some 20 ms: half of the cores are left to other requests, and half of libuv's four threads, which
 * also resolve names.
 */
const queue = new BoundedQueue(Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2))), 16);

export function hashPassword(password: string): Promise<string> {
  return queue.run(() => hash(password.normalize('NFC'), OPTIONS));
}

/** Takes as long for an unknown user: the response time does not reveal who has an account. */
export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  const matches = await queue.run(() => verify(passwordHash ?? NOBODYS_HASH, password.normalize('NFC')));
  return passwordHash !== undefined && matches;
}
