import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Handler } from './broker.ts';
import type { Database, Queryable } from '../stores/database.ts';
import { Poison, Unavailable } from '../errors.ts';
import { type BrokerMessage, isUuid, type JobMessage } from '../messages.ts';
import { backoff } from '../timers.ts';
import { newTraceparent } from '../observability/tracing.ts';

const WELCOME_KIND = 'text.statistics';
const WELCOME_PAYLOAD = { text: 'Welcome to plataforma. Bem-vindo à plataforma.' };
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;
/** Longer than either broker keeps a message. */
const REMEMBERED_DAYS = 15;

/** Handles what the backend says. While the database is away the message waits here, and none of its deliveries is lost. */
export function eventHandler(database: Database, count: (outcome: string) => void): Handler {
  return async (message, signal) => {
    try {
      const isNew = await insist(() => receive(database, message), signal);
      count(isNew ? 'received' : 'repeated');
    } catch (error) {
      count('failed');
      throw error;
    }
  };
}

export async function forgetOldMessages(database: Database): Promise<void> {
  await database.query(
    'DELETE FROM received_messages WHERE received_at < now() - make_interval(days => $1)',
    [REMEMBERED_DAYS],
  );
}

async function insist<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      await delay(backoff(failures, FIRST_RETRY_MS, LAST_RETRY_MS), undefined, { signal });
    }
  }
}

/** False when the message had been received before. */
async function receive(database: Database, message: BrokerMessage): Promise<boolean> {
  if (message.type !== 'account.created') throw new Poison('this type of message is not known');
  return database.transaction(async (transaction) => {
    const added = await transaction.query(
      'INSERT INTO received_messages (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id',
      [message.id],
    );
    if (added.length === 0) return false;
    await submitWelcome(transaction, message);
    return true;
  });
}

async function submitWelcome(transaction: Queryable, { data, requestId }: BrokerMessage): Promise<void> {
  const { tenantId, userId } = data;
  if (!isUuid(tenantId) || !isUuid(userId)) throw new Poison('the message lacks tenantId or userId');
  const jobId = randomUUID();
  const message: JobMessage = {
    jobId,
    tenantId,
    kind: WELCOME_KIND,
    requestId,
    traceparent: newTraceparent(),
  };
  const hash = createHash('sha256')
    .update(JSON.stringify([WELCOME_KIND, Object.entries(WELCOME_PAYLOAD)]))
    .digest('hex');
  await transaction.query(
    `WITH job AS (
       INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (tenant_id, idempotency_key) DO NOTHING
       RETURNING id
     )
     INSERT INTO outbox (destination, message) SELECT 'queue:jobs', $7::jsonb FROM job`,
    [jobId, tenantId, `welcome:${userId}`, hash, WELCOME_KIND, WELCOME_PAYLOAD, message],
  );
}
