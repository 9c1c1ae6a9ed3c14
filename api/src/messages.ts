import type { BrokerMessage } from './broker/broker.ts';

export const JOBS_QUEUE = 'jobs';
export const EVENTS_QUEUE = 'events';

/** A job in the queue. The payload stays in PostgreSQL. */
export interface JobMessage {
  jobId: string;
  tenantId: string;
  kind: string;
  requestId: string;
  traceparent: string;
}

export interface MessageOf {
  'queue:jobs': JobMessage;
  'broker:events': BrokerMessage;
}

export type Destination = keyof MessageOf;
