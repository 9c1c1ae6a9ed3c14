import type { Logger } from '../observability/logger.ts';

export interface ProtectionTiming {
  /** How long the task must be idle before its protection ends. */
  idleMs: number;
  renewMs: number;
  retryMs: number;
}

const TIMING: ProtectionTiming = { idleMs: 1_000, renewMs: 5 * 60_000, retryMs: 10_000 };
const EXPIRES_IN_MINUTES = 15;
const ANSWER_MS = 5_000;

/** ECS task scale-in protection while the task is busy. Without an agent it does nothing. */
export class TaskProtection {
  readonly #url: string | undefined;
  readonly #logger: Logger;
  readonly #timing: ProtectionTiming;
  #busy = false;
  #isProtected = false;
  #nextUpdateAt = 0;
  #updating: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(agent: string | undefined, logger: Logger, timing = TIMING) {
    this.#url = agent === undefined ? undefined : `${agent.replace(/\/$/, '')}/task-protection/v1/state`;
    this.#logger = logger;
    this.#timing = timing;
  }

  busy(): void {
    this.#busy = true;
    this.#schedule();
  }

  idle(): void {
    this.#busy = false;
    this.#schedule();
  }

  /** Ends the protection. */
  async stop(): Promise<void> {
    this.#busy = false;
    await this.#updating;
    clearTimeout(this.#timer);
    if (this.#isProtected) await this.#update();
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#url === undefined || this.#updating || (!this.#busy && !this.#isProtected)) return;
    const wait = Math.max(0, this.#nextUpdateAt - Date.now());
    const milliseconds = this.#busy ? wait : this.#timing.idleMs;
    this.#timer = setTimeout(() => {
      this.#updating = this.#update();
    }, milliseconds).unref();
  }

  async #update(): Promise<void> {
    const enable = this.#busy;
    const { renewMs, retryMs } = this.#timing;
    try {
      await this.#put({
        ProtectionEnabled: enable,
        ...(enable ? { ExpiresInMinutes: EXPIRES_IN_MINUTES } : {}),
      });
      this.#isProtected = enable;
      this.#nextUpdateAt = enable ? Date.now() + renewMs : 0;
    } catch (error) {
      this.#logger.warn({ err: error, enable }, 'task protection update failed');
      this.#isProtected &&= enable;
      this.#nextUpdateAt = Date.now() + retryMs;
    }
    this.#updating = undefined;
    this.#schedule();
  }

  async #put(state: object): Promise<void> {
    const response = await fetch(this.#url ?? '', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(state),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) throw new Error(`the agent answered ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
  }
}
