import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpConnection, requestText } from './http-connection.ts';

const LIMIT = /"limit":(\d+)/g;
export const ID = /"id":"([0-9a-f-]{36})"/g;
/** More than a match that is cut between two chunks. */
const REST = 50;
const LEAST_LIMIT = 2;

interface StreamClient {
  isOpen: () => boolean;
  close: () => void;
}

/** Takes all bytes of a stream; looks into its events for `onMatch` alone, since that costs more than the rest. */
export function openStream(
  port: number,
  token: string,
  onMatch?: (match: string) => void,
  pattern = LIMIT,
): StreamClient {
  const socket = ask(port, token, '/api/v1/jobs/events');
  let isOpen = false;
  let text = '';
  socket.on('data', (chunk) => {
    if (!isOpen) isOpen = chunk.subarray(0, 12).toString() === 'HTTP/1.1 200';
    if (!onMatch) return;
    text += chunk.toString('latin1');
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      if (match.index + match[0].length === text.length) break;
      end = match.index + match[0].length;
      onMatch(match[1] ?? '');
    }
    text = text.slice(Math.max(end, text.length - REST));
  });
  return { isOpen: () => isOpen, close: () => socket.destroy() };
}

/** A request whose answer nobody reads. */
export function openUnread(port: number, token: string, path: string): Pick<StreamClient, 'close'> {
  const socket = ask(port, token, path).pause();
  return { close: () => socket.destroy() };
}

function ask(port: number, token: string, path: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(requestText(`GET ${path}`, { Authorization: `Bearer ${token}` }));
  return socket;
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
