import { randomInt } from 'node:crypto';
import { Readable } from 'node:stream';

/** Unsent bytes beyond which a client is slow: nothing more is kept for it until it has taken some. */
const BUFFER_BYTES = 32 * 1024;
/** Jobs that a slow client may be behind with before its stream ends. */
const DUE_JOBS = 1_000;
/** Time to send the rest after the end of a stream. */
const END_MS = 5_000;
/** Every client gets a comment, or an event, at least this often. */
export const HEARTBEAT_SECONDS = 15;
const RETRY = Buffer.from('retry: 2000\n\n');
const COMMENT = Buffer.from(': keep-alive\n\n');

/**
 * The server-sent events of one client, as bytes. Events that it has no room for are not kept: their jobs are due, and
 * are read again when it has.
 */
export class Follower extends Readable {
  /** The one job that it follows; all of the tenant's otherwise. */
  readonly only: string | undefined;
  /** The jobs whose latest state it has not been sent. */
  readonly due = new Set<string>();
  /** Of the heartbeat's period: not all clients are sent their comment at once. */
  readonly second = randomInt(HEARTBEAT_SECONDS);
  #ended = false;

  constructor(only: string | undefined, onRoom: (follower: Follower) => void) {
    super({
      highWaterMark: BUFFER_BYTES,
      read: () => {
        onRoom(this);
      },
    });
    this.only = only;
    if (only !== undefined) this.due.add(only);
    this.push(RETRY);
  }

  get hasRoom(): boolean {
    return !this.#ended && this.readableLength < BUFFER_BYTES;
  }

  get isUpToDate(): boolean {
    return this.due.size === 0 && this.hasRoom;
  }

  owe(ids: Iterable<string>): void {
    if (this.#ended) return;
    for (const id of ids) this.due.add(id);
    if (this.due.size > DUE_JOBS) this.end();
  }

  /** Of these events, those that are due and that there is room for. */
  sendDue(events: ReadonlyMap<string, Buffer>): void {
    for (const [id, event] of events) {
      if (!this.hasRoom) return;
      if (this.due.delete(id)) this.push(event);
    }
  }

  sendComment(): void {
    if (this.hasRoom) this.push(COMMENT);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.due.clear();
    this.push(null);
    const timer = setTimeout(() => this.destroy(), END_MS);
    this.once('close', () => {
      clearTimeout(timer);
    });
  }
}
