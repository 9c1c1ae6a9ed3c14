import type { Logger } from '../observability/logger.ts';

export interface ProtectionTiming {
  /** How long the task must be idle before it may be taken. */
  idleMs: number;
  renewMs: number;
  retryMs: number;
}

const TIMING: ProtectionTiming = { idleMs: 1_000, renewMs: 5 * 60_000, retryMs: 10_000 };
const EXPIRES_IN_MINUTES = 15;
const ANSWER_MS = 5_000;

/** Asks ECS not to take this task away while it works. Where there is no agent, nobody is asked. */
export class TaskProtection {
  readonly #url: string | undefined;
  readonly #logger: Logger;
  readonly #timing: ProtectionTiming;
  #busy = false;
  #held = false;
  #askAgainAt = 0;
  #asking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(agent: string | undefined, logger: Logger, timing = TIMING) {
    this.#url = agent === undefined ? undefined : `${agent.replace(/\/$/, '')}/task-protection/v1/state`;
    this.#logger = logger;
    this.#timing = timing;
  }

  busy(): void {
    this.#busy = true;
    this.#plan();
  }

  idle(): void {
    this.#busy = false;
    this.#plan();
  }

  /** Gives up the protection that is held. */
  async stop(): Promise<void> {
    this.#busy = false;
    await this.#asking;
    clearTimeout(this.#timer);
    if (this.#held) await this.#ask();
    clearTimeout(this.#timer);
  }

  #plan(): void {
    clearTimeout(this.#timer);
    if (this.#url === undefined || this.#asking || (!this.#busy && !this.#held)) return;
    const wait = Math.max(0, this.#askAgainAt - Date.now());
    const milliseconds = this.#busy ? wait : this.#timing.idleMs;
    this.#timer = setTimeout(() => {
      this.#asking = this.#ask();
    }, milliseconds).unref();
  }

  async #ask(): Promise<void> {
    const enable = this.#busy;
    const { renewMs, retryMs } = this.#timing;
    try {
      await this.#put({
        ProtectionEnabled: enable,
        ...(enable ? { ExpiresInMinutes: EXPIRES_IN_MINUTES } : {}),
      });
      this.#held = enable;
      this.#askAgainAt = enable ? Date.now() + renewMs : 0;
    } catch (error) {
      this.#logger.warn({ err: error, enable }, 'task protection was not changed');
      this.#held &&= enable;
      this.#askAgainAt = Date.now() + retryMs;
    }
    this.#asking = undefined;
    this.#plan();
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
