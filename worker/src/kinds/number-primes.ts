import { Poison } from '../errors.ts';
import { isRecord } from '../messages.ts';
import type { Kind } from './kind.ts';

const LEAST = 2;
const MOST = 5_000_000;
const STEP = 256;
const NUMBERS_PER_UNIT = 1_000;

/** The number of primes up to a limit, and the largest of them, by trial division. */
export const numberPrimes: Kind = async (payload, pace) => {
  const limit = readLimit(payload);
  const primes: number[] = [];
  for (let number = 2; number <= limit; number++) {
    if (isPrime(number, primes)) primes.push(number);
    if (number % STEP === 0) await pace.step(number / limit);
  }
  return {
    result: { count: primes.length, largest: primes.at(-1) },
    units: Math.ceil(limit / NUMBERS_PER_UNIT),
  };
};

function readLimit(payload: unknown): number {
  const limit = isRecord(payload) ? payload.limit : undefined;
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= LEAST && limit <= MOST) return limit;
  throw new Poison(`limit must be a whole number from ${LEAST} to ${MOST}`);
}

function isPrime(number: number, smaller: readonly number[]): boolean {
  for (const prime of smaller) {
    if (prime * prime > number) return true;
    if (number % prime === 0) return false;
  }
  return true;
}
