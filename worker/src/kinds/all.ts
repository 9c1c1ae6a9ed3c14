import type { Kinds } from './kind.ts';
import { numberPrimes } from './number-primes.ts';
import { textStatistics } from './text-statistics.ts';

export const KINDS: Kinds = { 'text.statistics': textStatistics, 'number.primes': numberPrimes };
