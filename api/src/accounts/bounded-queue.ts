import { Problem } from '../errors.ts';

/** Runs a few works at a time, in order. Those that would wait behind too many others are refused at once. */
export class BoundedQueue {
  readonly #atOnce: number;
  readonly #longest: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number, longest: number) {
    this.#atOnce = atOnce;
    this.#longest = longest;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #turn(): Promise<void> {
    if (this.#running < this.#atOnce) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#longest)
      throw new Problem(503, 'too_many_sign_ins', 'Too many people sign in at this moment. Try again.');
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
