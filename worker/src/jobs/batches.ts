import { Unavailable } from '../errors.ts';

const AT_MOST = 100;

interface Entry<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** Does in one call what comes of one event, with all promises that it settles, or while all lanes are at work. */
export class Batches<Item, Result> {
  readonly #work: (items: readonly Item[], lane: number) => Promise<readonly Result[]>;
  readonly #freeLanes: number[];
  #waiting: Entry<Item, Result>[] = [];
  #isScheduled = false;

  /** `work` answers with a result for each item, in their order. Its lanes are numbered from 0. */
  constructor(lanes: number, work: (items: readonly Item[], lane: number) => Promise<readonly Result[]>) {
    this.#work = work;
    this.#freeLanes = Array.from({ length: lanes }, (_, lane) => lane);
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0 || this.#freeLanes.length === 0) return;
    this.#isScheduled = true;
    process.nextTick(() => {
      this.#isScheduled = false;
      const lane = this.#freeLanes.pop();
      if (lane === undefined) return;
      void this.#settle(this.#waiting.splice(0, AT_MOST), lane).finally(() => {
        this.#freeLanes.push(lane);
        this.#schedule();
      });
      this.#schedule();
    });
  }

  /** One that fails does so alone. */
  async #settle(entries: readonly Entry<Item, Result>[], lane: number): Promise<void> {
    try {
      const results = await this.#work(
        entries.map(({ item }) => item),
        lane,
      );
      for (const [index, { resolve }] of entries.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (entries.length === 1 || error instanceof Unavailable) {
        for (const { reject } of entries) reject(error);
      } else {
        for (const entry of entries) await this.#settle([entry], lane);
      }
    }
  }
}
