import type { Pace } from './pace.ts';

export interface Outcome {
  result: unknown;
  /** What the tenant is charged. */
  units: number;
}

/** A kind of job: throws Poison at an invalid payload, and yields to other work in steps. */
export type Kind = (payload: unknown, pace: Pace) => Promise<Outcome>;

export type Kinds = Readonly<Record<string, Kind>>;
