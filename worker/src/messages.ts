export const EVENTS_QUEUE = 'events';

/** A job in the queue; its payload stays in PostgreSQL. */
export interface JobMessage {
  jobId: string;
  tenantId: string;
  kind: string;
  requestId: string;
  traceparent: string;
}

export interface BrokerMessage {
  id: string;
  type: string;
  occurredAt: string;
  requestId: string;
  data: Record<string, unknown>;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

export function isJobMessage(value: unknown): value is JobMessage {
  if (!isRecord(value)) return false;
  const texts = [value.kind, value.requestId, value.traceparent];
  return isUuid(value.jobId) && isUuid(value.tenantId) && texts.every(isText);
}

export function isBrokerMessage(value: unknown): value is BrokerMessage {
  if (!isRecord(value)) return false;
  const texts = [value.id, value.type, value.occurredAt, value.requestId];
  return isRecord(value.data) && texts.every((text) => isText(text) && text.length <= 128);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
