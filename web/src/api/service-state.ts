/** After this time without a response people are told. */
const LATE_MS = 4_000;

type Outcome = 'answered' | 'failed' | 'cancelled';

/** Whether the service answers, as all requests of this tab see it. */
export class ServiceState {
  readonly #late = new Set<symbol>();
  readonly #listeners = new Set<() => void>();
  readonly #lateMs: number;
  #failed = false;
  #answers = true;

  constructor(lateMs = LATE_MS) {
    this.#lateMs = lateMs;
  }

  get answers(): boolean {
    return this.#answers;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Call what it returns once the request has its response, or will have none. */
  begin(): (outcome: Outcome) => void {
    const request = Symbol('request');
    const timer = setTimeout(() => {
      this.#late.add(request);
      this.#update();
    }, this.#lateMs);
    return (outcome) => {
      clearTimeout(timer);
      this.#late.delete(request);
      if (outcome !== 'cancelled') this.#failed = outcome === 'failed';
      this.#update();
    };
  }

  #update(): void {
    const answers = this.#late.size === 0 && !this.#failed;
    if (answers === this.#answers) return;
    this.#answers = answers;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}
