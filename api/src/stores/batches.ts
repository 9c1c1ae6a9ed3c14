import DataLoader from 'dataloader';

/** Of each kind. With the relays, those of all three kinds leave connections of the default pool of ten for others. */
const STATEMENTS_UNDER_WAY = 2;
const KEYS_A_STATEMENT = 100;

/**
 * More than any batch has. The planner can't see it, so it keeps one plan; a number of rows that it reads from the arrays
 * makes it plan each execution anew (choose_custom_plan in PostgreSQL's plancache.c).
 */
export const ANY_NUMBER = '(SELECT 1000)';

/**
 * Gathers keys that come together for one statement. While two are under way the next one gathers, so that a statement
 * serves the more keys the busier the process is. `run` answers for each key, in their order.
 */
export class Batches<Key, Value> {
  readonly #loader: DataLoader<Key, Value>;
  readonly #run: (keys: readonly Key[]) => Promise<(Value | Error)[]>;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(run: (keys: readonly Key[]) => Promise<(Value | Error)[]>) {
    this.#run = run;
    this.#loader = new DataLoader((keys) => this.#runOne(keys), {
      cache: false,
      maxBatchSize: KEYS_A_STATEMENT,
      batchScheduleFn: (dispatch) => {
        this.#waiting.push(dispatch);
        setImmediate(() => {
          this.#dispatch();
        });
      },
    });
  }

  load(key: Key): Promise<Value> {
    return this.#loader.load(key);
  }

  #dispatch(): void {
    while (this.#underWay < STATEMENTS_UNDER_WAY) {
      const next = this.#waiting.shift();
      if (!next) return;
      next();
    }
  }

  async #runOne(keys: readonly Key[]): Promise<(Value | Error)[]> {
    this.#underWay += 1;
    try {
      return await this.#run(keys);
    } finally {
      this.#underWay -= 1;
      this.#dispatch();
    }
  }
}
