import type { Logger } from '../observability/logger.ts';
import type { Database } from '../stores/database.ts';
import { followedJobs, unfinishedJobs } from './followed-jobs.ts';
import { Follower, HEARTBEAT_SECONDS } from './follower.ts';
import type { Progress } from './progress.ts';
import { TenantFeed } from './tenant-feed.ts';

/** Changes are gathered this long after the last reading. */
const GATHER_MS = 300;
const RETRY_MS = 1_000;
const TENANTS_A_STATEMENT = 20;
const JOBS_A_STATEMENT = 100;

/**
 * All event streams of this process, with one reader. A progress message only says that a row has changed: the row is
 * read afterwards, once for all who follow it, so events are in order and several changes may become one event. What
 * was sent is compared with the rows when Redis is available again and every 15 s, in case a message was lost.
 */
export class JobFeeds {
  readonly #database: Database;
  readonly #progress: Progress;
  readonly #logger: Logger;
  readonly #feeds = new Map<string, { feed: TenantFeed; unsubscribe: () => void }>();
  /** Those that may have something to be read. */
  #awake = new Set<TenantFeed>();
  #timer: NodeJS.Timeout | undefined;
  #reading = false;
  #earliest = 0;
  #second = 0;

  constructor(database: Database, progress: Progress, logger: Logger) {
    this.#database = database;
    this.#progress = progress;
    this.#logger = logger;
    setInterval(() => {
      this.#beat();
    }, 1_000).unref();
  }

  /** The events of one job, which end with it, or of all the tenant's. Destroy the stream to stop following. */
  open(tenantId: string, only?: string): Follower {
    const feed = this.#feedOf(tenantId);
    const follower = new Follower(only, ({ due }) => {
      if (due.size > 0) this.#wake(feed);
    });
    feed.add(follower);
    follower.once('close', () => {
      feed.remove(follower);
      if (feed.isEmpty) this.#close(feed);
    });
    this.#wake(feed);
    return follower;
  }

  endAll(): void {
    for (const { feed } of this.#feeds.values()) for (const follower of feed.followers()) follower.end();
  }

  #feedOf(tenantId: string): TenantFeed {
    const known = this.#feeds.get(tenantId);
    if (known) return known.feed;
    const feed = new TenantFeed(tenantId);
    const unsubscribe = this.#progress.listen(tenantId, (jobId) => {
      if (jobId === undefined) feed.compare();
      else feed.markChanged(jobId);
      this.#wake(feed);
    });
    this.#feeds.set(tenantId, { feed, unsubscribe });
    return feed;
  }

  #close(feed: TenantFeed): void {
    this.#feeds.get(feed.tenantId)?.unsubscribe();
    this.#feeds.delete(feed.tenantId);
    this.#awake.delete(feed);
  }

  #wake(feed: TenantFeed): void {
    this.#awake.add(feed);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#reading || this.#timer || this.#awake.size === 0) return;
    const wait = Math.max(0, this.#earliest - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#read();
    }, wait);
  }

  async #read(): Promise<void> {
    this.#reading = true;
    let pause = GATHER_MS;
    const feeds = [...this.#awake];
    this.#awake.clear();
    try {
      await this.#readLists(feeds.filter(({ mustList }) => mustList));
      await this.#readJobs(feeds);
    } catch (error) {
      this.#logger.warn({ err: error }, 'progress read failed');
      pause = RETRY_MS;
    }
    this.#reading = false;
    this.#earliest = performance.now() + pause;
    for (const feed of feeds) if (feed.hasWork) this.#awake.add(feed);
    this.#schedule();
  }

  async #readLists(feeds: readonly TenantFeed[]): Promise<void> {
    for (const some of chunks(feeds, TENANTS_A_STATEMENT)) {
      const listings = some.map((feed) => ({ feed, listing: feed.takeListing() }));
      try {
        const unfinished = await unfinishedJobs(
          this.#database,
          some.map(({ tenantId }) => tenantId),
        );
        const byTenant = groupByTenant(unfinished);
        for (const { feed, listing } of listings) feed.list(listing, byTenant.get(feed.tenantId) ?? []);
      } catch (error) {
        for (const { feed, listing } of listings) feed.returnListing(listing);
        throw error;
      }
    }
  }

  /** In rounds, so that a tenant with much to read does not keep the others waiting. */
  async #readJobs(feeds: readonly TenantFeed[]): Promise<void> {
    for (const feed of feeds) feed.gather();
    for (;;) {
      const wanted = feeds.flatMap((feed) => {
        const ids = feed.nextJobs();
        return ids.length > 0 ? [{ feed, ids }] : [];
      });
      if (wanted.length === 0) return;
      for (const some of chunksOfJobs(wanted)) await this.#readSome(some);
    }
  }

  async #readSome(wanted: readonly Wanted[]): Promise<void> {
    const jobs = await followedJobs(
      this.#database,
      wanted.flatMap(({ ids }) => ids),
    );
    const byTenant = groupByTenant(jobs);
    for (const { feed, ids } of wanted) feed.deliver(ids, byTenant.get(feed.tenantId) ?? []);
  }

  #beat(): void {
    this.#second = (this.#second + 1) % HEARTBEAT_SECONDS;
    for (const { feed } of this.#feeds.values()) {
      if (feed.second === this.#second) {
        feed.compare();
        this.#wake(feed);
      }
      for (const follower of feed.followers()) {
        if (follower.second === this.#second) follower.sendComment();
      }
    }
  }
}

interface Wanted {
  feed: TenantFeed;
  ids: string[];
}

/** As many tenants as JOBS_A_STATEMENT allows, at least one. */
function chunksOfJobs(wanted: readonly Wanted[]): Wanted[][] {
  const result: Wanted[][] = [];
  let space = 0;
  for (const each of wanted) {
    if (each.ids.length > space) {
      result.push([]);
      space = JOBS_A_STATEMENT;
    }
    result.at(-1)?.push(each);
    space -= each.ids.length;
  }
  return result;
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_none, index) => items.slice(index * size, (index + 1) * size));
}

function groupByTenant<Item extends { tenantId: string }>(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(item.tenantId);
    if (group) group.push(item);
    else groups.set(item.tenantId, [item]);
  }
  return groups;
}
