import type { Pace } from './pace.ts';

export interface Outcome {
  result: unknown;
  /** What the tenant is charged with. */
  units: number;
}

/** A kind of job: throws Poison at a payload that it does not understand, and gives way to others in steps. */
export type Kind = (payload: unknown, pace: Pace) => Promise<Outcome>;

export type Kinds = Readonly<Record<string, Kind>>;
