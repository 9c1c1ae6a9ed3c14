import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpConnection, requestText } from './http-connection.ts';

const JOB = /"limit":(\d+)/g;
/** More than a job's number that is cut between two chunks. */
const REST = 40;
const LEAST_LIMIT = 2;

interface StreamClient {
  isOpen: () => boolean;
  close: () => void;
}

/** Takes all bytes of a stream; reads the jobs of its events for `onJob` alone, since that costs more than the rest. */
export function openStream(port: number, token: string, onJob?: (limit: number) => void): StreamClient {
  const headers = { Authorization: `Bearer ${token}` };
  const socket = connect(port, '127.0.0.1');
  let isOpen = false;
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    if (!isOpen) isOpen = chunk.subarray(0, 12).toString() === 'HTTP/1.1 200';
    if (!onJob) return;
    text += chunk.toString('latin1');
    let end = 0;
    for (const match of text.matchAll(JOB)) {
      end = match.index + match[0].length;
      if (end < text.length) onJob(Number(match[1]));
    }
    text = text.slice(Math.max(end, text.length - REST));
  });
  socket.write(requestText('GET /api/v1/jobs/events', headers));
  return { isOpen: () => isOpen, close: () => socket.destroy() };
}

/** One submit after the other, at a steady rate, whatever the answers take; in turn for each of the tokens. */
export class SteadySubmits {
  accepted = 0;
  failed = 0;
  readonly #port: number;
  readonly #tokens: readonly string[];
  readonly #idle: HttpConnection[] = [];
  readonly #sentAt: Map<number, number>;
  readonly #timer: NodeJS.Timeout;
  #underWay = 0;

  /** `sentAt` gets the time at which the job with this limit is sent. */
  constructor(port: number, tokens: readonly string[], perSecond: number, sentAt: Map<number, number>) {
    this.#port = port;
    this.#sentAt = sentAt;
    this.#tokens = tokens;
    this.#timer = setInterval(() => void this.#submit(), 1_000 / perSecond);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#underWay > 0) await delay(10);
    for (const connection of this.#idle) connection.close();
  }

  async #submit(): Promise<void> {
    const limit = LEAST_LIMIT + this.#sentAt.size;
    const token = this.#tokens[limit % this.#tokens.length] ?? '';
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': randomUUID(),
    };
    const body = JSON.stringify({ kind: 'number.primes', payload: { limit } });
    const connection = this.#idle.pop() ?? new HttpConnection(this.#port);
    this.#sentAt.set(limit, performance.now());
    this.#underWay++;
    try {
      await connection.send(requestText('POST /api/v1/jobs', headers, body));
      this.accepted++;
      this.#idle.push(connection);
    } catch {
      this.failed++;
      connection.close();
    }
    this.#underWay--;
  }
}
