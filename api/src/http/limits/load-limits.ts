import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../../errors.ts';
import { onceClosed } from '../connections.ts';
import type { App } from '../context.ts';
import { clientOf } from './rate-limits.ts';

const MIB = 1024 * 1024;
/** Of all clients, and of one account or of an address without one. */
const WAITING = { most: 500, mostOfOne: Infinity };
const UNSENT = { most: Infinity, mostOfOne: 100 };
const BODY_BYTES = { most: 64 * MIB, mostOfOne: 4 * MIB };
/** A stack for each that is refused would take longer than its answer. */
const OVERLOADED = new Problem(503, 'unavailable', 'Too many requests are in progress. Try again.');
const TOO_MANY = new Problem(
  429,
  'too_many_requests',
  'Too many of your requests are in progress. Send fewer at a time.',
  {
    retryAfterSeconds: 1,
  },
);

/** What is in use at the moment, by client. */
class Share {
  readonly #limits: { most: number; mostOfOne: number };
  readonly #ofOne = new Map<string, number>();
  #total = 0;

  constructor(limits: { most: number; mostOfOne: number }) {
    this.#limits = limits;
  }

  refusal(client: string, amount: number): Problem | undefined {
    if ((this.#ofOne.get(client) ?? 0) + amount > this.#limits.mostOfOne) return TOO_MANY;
    return this.#total + amount > this.#limits.most ? OVERLOADED : undefined;
  }

  take(client: string, amount: number): void {
    this.#total += amount;
    const left = (this.#ofOne.get(client) ?? 0) + amount;
    if (left > 0) this.#ofOne.set(client, left);
    else this.#ofOne.delete(client);
  }
}

/**
 * Bounds what waits for an answer, and what arrives of bodies: more would delay everybody and take memory without an end.
 * A request counts from when it is whole until its answer is known, so that slow clients take no place from others; for its
 * own client until the answer is sent. Streams have a limit of their own.
 */
export function limitLoad(app: App): void {
  const shares = { waiting: new Share(WAITING), unsent: new Share(UNSENT), bodies: new Share(BODY_BYTES) };
  app.decorateRequest('place', null);

  app.addHook('onRequest', (request, reply, done) => {
    const { bodyLimit, config } = request.routeOptions;
    if (config.isUnlimited) {
      done();
      return;
    }
    const client = clientOf(request);
    const bytes = bodyBytes(request.headers, bodyLimit);
    const refusal =
      refusalOf(shares, client) ?? (bytes > 0 ? shares.bodies.refusal(client, bytes) : undefined);
    if (!refusal && config.isStream !== true) {
      const place = new Place(client, shares, bytes);
      request.place = place;
      onceClosed(reply.raw, request.raw.socket, () => {
        place.leave();
      });
    }
    done(refusal);
  });

  app.addHook('preHandler', ({ place }, _reply, done) => {
    done(place?.begin());
  });

  app.addHook('onSend', ({ place }, _reply, _payload, done) => {
    place?.answer();
    done();
  });
}

interface Shares {
  /** Requests that wait for their answer. */
  waiting: Share;
  /** Requests whose answer is not sent. */
  unsent: Share;
  bodies: Share;
}

function refusalOf({ waiting, unsent }: Shares, client: string): Problem | undefined {
  return unsent.refusal(client, 1) ?? waiting.refusal(client, 1);
}

/** What one request takes: at first its body, then a place among those in progress. */
class Place {
  readonly #client: string;
  readonly #shares: Shares;
  #bytes: number;
  #waiting = 0;
  #unsent = 0;

  constructor(client: string, shares: Shares, bytes: number) {
    this.#client = client;
    this.#shares = shares;
    this.#bytes = bytes;
    shares.bodies.take(client, bytes);
  }

  /** The body has arrived. Others may have begun meanwhile. */
  begin(): Problem | undefined {
    this.leave();
    const refusal = refusalOf(this.#shares, this.#client);
    if (refusal) return refusal;
    this.#waiting = this.#unsent = 1;
    this.#shares.waiting.take(this.#client, 1);
    this.#shares.unsent.take(this.#client, 1);
    return undefined;
  }

  answer(): void {
    this.#shares.waiting.take(this.#client, -this.#waiting);
    this.#waiting = 0;
  }

  leave(): void {
    this.answer();
    this.#shares.unsent.take(this.#client, -this.#unsent);
    this.#shares.bodies.take(this.#client, -this.#bytes);
    this.#unsent = this.#bytes = 0;
  }
}

/** As announced; without an announcement as many as a body may have. */
function bodyBytes(headers: IncomingHttpHeaders, bodyLimit: number): number {
  if (headers['transfer-encoding'] !== undefined) return bodyLimit;
  return Math.min(Number(headers['content-length'] ?? 0), bodyLimit);
}

declare module 'fastify' {
  interface FastifyRequest {
    place: Place | null;
  }
  interface FastifyContextConfig {
    /** Its answer does not end by itself. */
    isStream?: boolean;
  }
}
