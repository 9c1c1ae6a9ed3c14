import { randomInt } from 'node:crypto';
import type { FollowedJob, JobVersion } from './followed-jobs.ts';
import { type Follower, HEARTBEAT_SECONDS } from './follower.ts';
import { isFinished } from './jobs.ts';

/** Changes of a tenant that may wait to be read before its streams end. */
const CHANGED_JOBS = 10_000;
/** Unfinished jobs whose last sent version is known; of others an unchanged state may be sent again. */
const SENT_JOBS = 1_000;
/** Jobs of one tenant that are read at a time. */
const JOBS_AT_A_TIME = 50;

/** What is to be done with a tenant's unfinished jobs. */
export interface Listing {
  /** Followers that do not know them yet. */
  followers: Follower[];
  /** Changes may have been missed: compare what was sent with the rows. */
  compare: boolean;
}

/** The clients of this process that follow a tenant's jobs. Each change is encoded once for all of them. */
export class TenantFeed {
  readonly tenantId: string;
  /** Of the heartbeat's period, when what was sent is compared with the rows. */
  readonly second = randomInt(HEARTBEAT_SECONDS);
  readonly #all = new Set<Follower>();
  readonly #byJob = new Map<string, Set<Follower>>();
  #listing: Listing = { followers: [], compare: false };
  readonly #changed = new Set<string>();
  /** The changes that are being read. */
  readonly #gathered = new Set<string>();
  readonly #sent = new Map<string, string>();

  constructor(tenantId: string) {
    this.tenantId = tenantId;
  }

  get isEmpty(): boolean {
    return this.#all.size === 0 && this.#byJob.size === 0;
  }

  get mustList(): boolean {
    return this.#listing.compare || this.#listing.followers.length > 0;
  }

  get hasWork(): boolean {
    if (this.mustList || this.#changed.size > 0 || this.#gathered.size > 0) return true;
    for (const { due, hasRoom } of this.followers()) if (due.size > 0 && hasRoom) return true;
    return false;
  }

  *followers(): Generator<Follower> {
    yield* this.#all;
    for (const followers of this.#byJob.values()) yield* followers;
  }

  add(follower: Follower): void {
    const { only } = follower;
    if (only === undefined) {
      this.#all.add(follower);
      this.#listing.followers.push(follower);
    } else this.#byJob.set(only, (this.#byJob.get(only) ?? new Set()).add(follower));
  }

  remove(follower: Follower): void {
    this.#all.delete(follower);
    const others = this.#byJob.get(follower.only ?? '');
    others?.delete(follower);
    if (others?.size === 0) this.#byJob.delete(follower.only ?? '');
  }

  markChanged(id: string): void {
    if (this.#all.size === 0 && !this.#byJob.has(id)) return;
    this.#changed.add(id);
    if (this.#changed.size <= CHANGED_JOBS) return;
    this.#changed.clear();
    for (const follower of this.followers()) follower.end();
  }

  compare(): void {
    this.#listing.compare = true;
  }

  takeListing(): Listing {
    const taken = this.#listing;
    this.#listing = { followers: [], compare: false };
    return taken;
  }

  returnListing({ followers, compare }: Listing): void {
    this.#listing.followers.push(...followers);
    this.#listing.compare ||= compare;
  }

  list({ followers, compare }: Listing, unfinished: readonly JobVersion[]): void {
    const ids = unfinished.map(({ id }) => id);
    for (const follower of followers) follower.owe(ids);
    if (!compare) return;
    for (const { id, version } of unfinished) if (this.#sent.get(id) !== version) this.markChanged(id);
    const listed = new Set(ids);
    for (const id of [...this.#sent.keys(), ...this.#byJob.keys()]) if (!listed.has(id)) this.markChanged(id);
  }

  /** Changes from now on are read another time. */
  gather(): void {
    for (const id of this.#changed) this.#gathered.add(id);
    this.#changed.clear();
  }

  /** Some of the jobs that are to be read. */
  nextJobs(): string[] {
    const ids = new Set(first(this.#gathered, JOBS_AT_A_TIME));
    for (const { due, hasRoom } of this.followers()) {
      if (ids.size >= JOBS_AT_A_TIME) break;
      if (hasRoom) for (const id of first(due, JOBS_AT_A_TIME - ids.size)) ids.add(id);
    }
    return [...ids];
  }

  /** `ids` were read; `jobs` are those of them that are the tenant's. */
  deliver(ids: readonly string[], jobs: readonly FollowedJob[]): void {
    const events = new Map(jobs.map((job) => [job.id, encode(job)]));
    const news = jobs.filter((job) => this.#isNews(job)).map(({ id }) => id);
    for (const id of ids) this.#gathered.delete(id);
    this.#deliverToAll(events, news);
    for (const job of jobs) this.#deliverOne(job, events, news.includes(job.id));
    this.#forget(ids.filter((id) => !events.has(id)));
  }

  #deliverToAll(events: ReadonlyMap<string, Buffer>, news: readonly string[]): void {
    const joined = Buffer.concat(news.map((id) => events.get(id) ?? Buffer.alloc(0)));
    for (const follower of this.#all) {
      if (!follower.isUpToDate) {
        follower.owe(news);
        follower.sendDue(events);
      } else if (joined.length > 0) follower.push(joined);
    }
  }

  #deliverOne({ id, summary }: FollowedJob, events: ReadonlyMap<string, Buffer>, isNews: boolean): void {
    for (const follower of this.#byJob.get(id) ?? []) {
      if (isNews) follower.owe([id]);
      follower.sendDue(events);
      if (isFinished(summary) && !follower.due.has(id)) follower.end();
    }
  }

  /** Jobs that do not exist any more. */
  #forget(ids: readonly string[]): void {
    for (const id of ids) {
      this.#sent.delete(id);
      for (const follower of this.#all) follower.due.delete(id);
      for (const follower of this.#byJob.get(id) ?? []) follower.end();
    }
  }

  /** Whether those who are up to date do not know this state. */
  #isNews({ id, version, summary }: FollowedJob): boolean {
    const known = this.#sent.get(id);
    this.#sent.delete(id);
    if (isFinished(summary)) return known !== undefined || this.#gathered.has(id);
    this.#sent.set(id, version);
    if (this.#sent.size > SENT_JOBS)
      for (const oldest of first(this.#sent.keys(), 1)) this.#sent.delete(oldest);
    return known !== version;
  }
}

function encode({ summary }: FollowedJob): Buffer {
  return Buffer.from(`event: progress\ndata: ${JSON.stringify(summary)}\n\n`);
}

function first(ids: Iterable<string>, count: number): string[] {
  const taken: string[] = [];
  for (const id of ids) {
    if (taken.length >= count) break;
    taken.push(id);
  }
  return taken;
}
