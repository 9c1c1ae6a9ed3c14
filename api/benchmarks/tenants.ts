import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { AccessTokens } from '../src/accounts/access-tokens.ts';
import type { SigningKey } from '../src/config.ts';
import { query } from '../tests/support/servers.ts';
import type { Served } from './programs.ts';

/** One that `collectGarbage` reaches. */
export interface Inspected extends Served {
  inspectorPort: number;
}

export interface BenchmarkedApi {
  /** A new process of the API: what an earlier measurement took is no memory of the next. */
  start: () => Promise<Inspected>;
  database: { port: number; name: string };
  signingKey: SigningKey;
  /** Of any account: its session is that of all tokens. */
  accessToken: string;
}

/** The access tokens of this many accounts of each of these tenants. */
export async function makeTokens(
  { database, signingKey, accessToken }: BenchmarkedApi,
  tenants: number,
  accountsEach: number,
): Promise<string[]> {
  const tenantIds = Array.from({ length: tenants }, () => randomUUID());
  await query(
    database.port,
    database.name,
    "INSERT INTO tenants (id, name) SELECT id, 'Benchmark' FROM unnest($1::uuid[]) AS tenant (id)",
    [tenantIds],
  );
  const tokens = new AccessTokens([signingKey]);
  const { sid } = decodeJwt(accessToken);
  const owners = tenantIds.flatMap((id) => Array<string>(accountsEach).fill(id));
  return Promise.all(owners.map((tenantId) => tokens.issue({ userId: randomUUID(), tenantId }, String(sid))));
}
