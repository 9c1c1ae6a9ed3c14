import { ServiceState } from './service-state.ts';
import { NetworkError, NoAnswerError } from './errors.ts';

/** A request without a complete response is given up after this time. */
const LIMIT_MS = 10_000;

export interface Request extends RequestInit {
  /** Infinity for a stream, which limits its silence itself. */
  limitMs?: number;
}

/** Sends every request of the application: each has a limit, and tells whether the service answers. */
export class Http {
  readonly service = new ServiceState();
  readonly #fetch: typeof fetch;

  constructor(fetchImplementation: typeof fetch = (...request) => fetch(...request)) {
    this.#fetch = fetchImplementation;
  }

  async send(path: string, { limitMs = LIMIT_MS, ...init }: Request = {}): Promise<Response> {
    const settled = this.service.begin();
    try {
      const response = await this.#fetch(path, {
        ...init,
        signal: signalOf(limitMs, init.signal),
        credentials: 'same-origin',
        cache: 'no-store',
      });
      settled('answered');
      return response;
    } catch (error) {
      settled(init.signal?.aborted === true ? 'cancelled' : 'failed');
      throw networkError(error);
    }
  }
}

export async function jsonOf<Body>(response: Response): Promise<Body> {
  try {
    return (await response.json()) as Body;
  } catch (error) {
    throw networkError(error);
  }
}

function signalOf(limitMs: number, cancelled?: AbortSignal | null): AbortSignal | null {
  if (limitMs === Infinity) return cancelled ?? null;
  const limit = AbortSignal.timeout(limitMs);
  return cancelled ? AbortSignal.any([cancelled, limit]) : limit;
}

/** A request that was cancelled stays an AbortError. */
function networkError(error: unknown): unknown {
  if (!(error instanceof DOMException)) return new NetworkError(error);
  if (error.name === 'AbortError') return error;
  return error.name === 'TimeoutError' ? new NoAnswerError(error) : new NetworkError(error);
}
