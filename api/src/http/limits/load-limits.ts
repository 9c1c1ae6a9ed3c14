import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../../errors.ts';
import { onceClosed } from '../connections.ts';
import type { App } from '../context.ts';
import { clientOf } from '../rate-limits.ts';

const MIB = 1024 * 1024;
/** Of all clients, and of one account or of an address without one. */
const REQUESTS = { most: 500, mostOfOne: 100 };
const BODY_BYTES = { most: 64 * MIB, mostOfOne: 4 * MIB };
/** A stack for each that is refused would take longer than its answer. */
const OVERLOADED = new Problem(503, 'Too many requests are in progress. Try again.');
const TOO_MANY = new Problem(429, 'Too many of your requests are in progress. Send fewer at a time.', {
  retryAfterSeconds: 1,
});

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
 * A request counts from when it is whole, so that slow clients take no place. Streams have a limit of their own.
 */
export function limitLoad(app: App): void {
  const requests = new Share(REQUESTS);
  const bodies = new Share(BODY_BYTES);
  app.decorateRequest('place', null);

  app.addHook('onRequest', (request, reply, done) => {
    const { bodyLimit, config } = request.routeOptions;
    if (config.isUnlimited) {
      done();
      return;
    }
    const client = clientOf(request);
    const bytes = bodyBytes(request.headers, bodyLimit);
    const refusal = requests.refusal(client, 1) ?? (bytes > 0 ? bodies.refusal(client, bytes) : undefined);
    if (!refusal && config.isStream !== true) {
      const place = new Place(client, requests, bodies, bytes);
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
}

/** What one request takes: at first its body, then a place among those in progress. */
class Place {
  readonly #client: string;
  readonly #requests: Share;
  readonly #bodies: Share;
  #bytes: number;
  #count = 0;

  constructor(client: string, requests: Share, bodies: Share, bytes: number) {
    this.#client = client;
    this.#requests = requests;
    this.#bodies = bodies;
    this.#bytes = bytes;
    bodies.take(client, bytes);
  }

  /** The body has arrived. Others may have begun meanwhile. */
  begin(): Problem | undefined {
    this.leave();
    const refusal = this.#requests.refusal(this.#client, 1);
    if (refusal) return refusal;
    this.#count = 1;
    this.#requests.take(this.#client, 1);
    return undefined;
  }

  leave(): void {
    this.#bodies.take(this.#client, -this.#bytes);
    this.#requests.take(this.#client, -this.#count);
    this.#bytes = this.#count = 0;
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
