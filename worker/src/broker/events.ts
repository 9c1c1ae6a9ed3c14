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
const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 5_000;
/** Longer than either broker keeps a message. */
const RETENTION_DAYS = 15;

/** Handles events of the backend. It retries while the database is not available: that uses up no delivery. */
export function eventHandler(database: Database, count: (outcome: string) => void): Handler {
  return async (message, signal) => {
    try {
      const isNew = await retryWhileUnavailable(() => receive(database, message), signal);
      count(isNew ? 'received' : 'repeated');
    } catch (error) {
      count('failed');
      throw error;
    }
  };
}

export async function deleteOldMessages(database: Database): Promise<void> {
  await database.query(
    'DELETE FROM received_messages WHERE received_at < now() - make_interval(days => $1)',
    [RETENTION_DAYS],
  );
}

async function retryWhileUnavailable<Result>(
  work: () => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      await delay(backoff(failures, RETRY_BASE_MS, RETRY_CAP_MS), undefined, { signal });
    }
  }
}

/** False if the message had been received before. */
async function receive(database: Database, message: BrokerMessage): Promise<boolean> {
  if (message.type !== 'account.created') throw new Poison('the message has an unknown type');
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
       INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload, created_by, origin, request_id)
       VALUES ($1, $2, $3, $4, $5, $6, $8, 'welcome', $9)
       ON CONFLICT (tenant_id, idempotency_key) DO NOTHING
       RETURNING id
     )
     INSERT INTO outbox (destination, message) SELECT 'queue:jobs', $7::jsonb FROM job`,
    [jobId, tenantId, `welcome:${userId}`, hash, WELCOME_KIND, WELCOME_PAYLOAD, message, userId, requestId],
  );
}
