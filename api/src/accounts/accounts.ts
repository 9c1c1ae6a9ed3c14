import { randomUUID } from 'node:crypto';
import type { Database } from '../stores/database.ts';
import { Problem } from '../errors.ts';
import { addToOutbox } from '../stores/outbox.ts';
import { hashPassword, passwordMatches } from './passwords.ts';

export interface User {
  id: string;
  email: string;
  tenantId: string;
  tenantName: string;
}

export interface NewAccount {
  email: string;
  password: string;
  tenantName: string;
}

type UserRow = User & { passwordHash: string };

const FIND = `
  SELECT users.id, users.email, users.tenant_id AS "tenantId", tenants.name AS "tenantName",
         users.password_hash AS "passwordHash"
  FROM users JOIN tenants ON tenants.id = users.tenant_id WHERE `;

/** `beforeCommit` runs in the transaction: the account exists only if it succeeds. */
export async function createAccount<Result>(
  database: Database,
  account: NewAccount,
  requestId: string,
  beforeCommit: (user: User) => Promise<Result>,
): Promise<Result> {
  const email = normalizeEmail(account.email);
  const user: User = { id: randomUUID(), email, tenantId: randomUUID(), tenantName: account.tenantName };
  const passwordHash = await hashPassword(account.password);
  return database.transaction(async (transaction) => {
    await transaction.query('INSERT INTO tenants (id, name) VALUES ($1, $2)', [
      user.tenantId,
      user.tenantName,
    ]);
    const added = await transaction.query(
      `INSERT INTO users (id, tenant_id, email, password_hash) VALUES ($1, $2, $3, $4)
       ON CONFLICT (email) DO NOTHING RETURNING id`,
      [user.id, user.tenantId, email, passwordHash],
    );
    if (added.length === 0)
      throw new Problem(409, 'account_exists', 'An account with this e-mail address exists.');
    await addToOutbox(transaction, 'broker:events', {
      id: randomUUID(),
      type: 'account.created',
      occurredAt: new Date().toISOString(),
      requestId,
      data: { tenantId: user.tenantId, userId: user.id },
    });
    return beforeCommit(user);
  });
}

/** By an address as normalizeEmail gives it. */
export async function authenticate(
  database: Database,
  email: string,
  password: string,
): Promise<User | undefined> {
  const [row] = await database.query<UserRow>(`${FIND} users.email = $1`, [email]);
  const matches = await passwordMatches(row?.passwordHash, password);
  return row && matches ? withoutPassword(row) : undefined;
}

export async function findUser(database: Database, id: string): Promise<User | undefined> {
  const [row] = await database.query<UserRow>(`${FIND} users.id = $1`, [id]);
  return row && withoutPassword(row);
}

function withoutPassword({ id, email, tenantId, tenantName }: UserRow): User {
  return { id, email, tenantId, tenantName };
}

export function normalizeEmail(email: string): string {
  return email.toLowerCase();
}
