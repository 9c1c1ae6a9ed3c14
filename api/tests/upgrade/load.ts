import { ApiClient, type EventReader } from '../support/client.ts';
import { eventually } from '../support/processes.ts';

const USERS = 4;
const JOBS_AT_A_TIME = 3;
const SHORT = 1_000;
/** About half a second: such jobs run while the migration does. */
const LONG = 2_000_000;
const LONG_EACH = 10;
/** The worker submits one for each new account. */
const WELCOME_JOBS = 1;

export interface Figures {
  requests: number;
  slowestMs: number;
}

/** Users who submit jobs, read them, and follow each to its end on a stream, through replicas in turn. */
export class Load {
  readonly failures: string[] = [];
  jobs = 0;
  readonly #users: User[] = [];
  readonly #running: Promise<void>[] = [];
  #urls: readonly string[];
  #turn = 0;
  #figures: Figures = { requests: 0, slowestMs: 0 };
  #stopping = false;

  private constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  static async start(urls: readonly string[]): Promise<Load> {
    const load = new Load(urls);
    for (let count = 0; count < USERS; count++) {
      const user = new User(load.#nextUrl(), (failure) => load.failures.push(failure));
      await user.client.signUp();
      await user.follow(load.#nextUrl());
      load.#users.push(user);
      for (let job = 0; job < JOBS_AT_A_TIME; job++) load.#running.push(load.#use(user));
    }
    return load;
  }

  /** Waits until so many more jobs have ended. */
  async pass(jobs: number): Promise<void> {
    const end = this.jobs + jobs;
    await eventually(() => this.jobs >= end || this.failures.length > 0);
  }

  /** From now on requests and streams go to these replicas; when `jobs` more have ended, none is left at others. */
  async moveTo(urls: readonly string[], jobs: number): Promise<void> {
    this.#urls = urls;
    for (const user of this.#users) await user.follow(this.#nextUrl());
    await this.pass(jobs);
    for (const user of this.#users) user.leaveEarlierStreams();
    await eventually(() => this.#users.every((user) => user.isOnlyAt(urls)));
  }

  /** Figures since the last call. */
  take(): Figures {
    const figures = this.#figures;
    this.#figures = { requests: 0, slowestMs: 0 };
    return figures;
  }

  /** Waits for the jobs under way, and compares each user's usage with the jobs that ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running);
    for (const user of this.#users) {
      const { body } = await user.client.at(this.#nextUrl()).get<{ jobs: number }>('/api/v1/usage');
      const accepted = user.accepted + WELCOME_JOBS;
      if (body.jobs !== accepted)
        this.failures.push(`${accepted} jobs of a user were accepted, and ${body.jobs} counted`);
      user.close();
    }
  }

  #nextUrl(): string {
    return this.#urls[this.#turn++ % this.#urls.length] ?? '';
  }

  async #use(user: User): Promise<void> {
    while (!this.#stopping && this.failures.length === 0) {
      try {
        await this.#useOnce(user);
      } catch (error) {
        this.failures.push(String(error));
      }
    }
  }

  async #useOnce(user: User): Promise<void> {
    const limit = user.accepted % LONG_EACH === 0 ? LONG : SHORT;
    const { id } = await this.#ask(user, 202, 'POST /api/v1/jobs', (client) => client.submit(limit));
    user.accepted++;
    for (const path of ['/api/v1/jobs', `/api/v1/jobs/${id}`, '/api/v1/usage'])
      await this.#ask(user, 200, `GET ${path}`, (client) => client.get<{ id: string }>(path));
    await eventually(() => user.ended.has(id));
    this.jobs++;
  }

  async #ask<Body>(
    user: User,
    status: number,
    name: string,
    send: (client: ApiClient) => Promise<{ status: number; body: Body; text: string }>,
  ): Promise<Body> {
    const url = this.#nextUrl();
    const sent = performance.now();
    const answer = await user.at(url, send);
    this.#figures.requests++;
    this.#figures.slowestMs = Math.max(this.#figures.slowestMs, performance.now() - sent);
    if (answer.status !== status) throw new Error(`${name}: ${answer.status} ${answer.text}`);
    return answer.body;
  }
}

class User {
  readonly client: ApiClient;
  readonly ended = new Set<string>();
  accepted = 0;
  readonly #onFailure: (failure: string) => void;
  readonly #underWay = new Map<string, number>();
  readonly #streams = new Set<EventReader>();

  constructor(url: string, onFailure: (failure: string) => void) {
    this.client = new ApiClient(url);
    this.#onFailure = onFailure;
  }

  async at<Result>(url: string, send: (client: ApiClient) => Promise<Result>): Promise<Result> {
    const count = (change: number): unknown =>
      this.#underWay.set(url, (this.#underWay.get(url) ?? 0) + change);
    count(1);
    try {
      return await send(this.client.at(url));
    } finally {
      count(-1);
    }
  }

  isOnlyAt(urls: readonly string[]): boolean {
    return [...this.#underWay].every(([url, count]) => count === 0 || urls.includes(url));
  }

  /** Beside the streams before. */
  async follow(url: string): Promise<void> {
    const stream = await this.client.at(url).follow('/api/v1/jobs/events');
    this.#streams.add(stream);
    void this.#read(stream);
  }

  leaveEarlierStreams(): void {
    for (const stream of [...this.#streams].slice(0, -1)) this.#leave(stream);
  }

  close(): void {
    for (const stream of this.#streams) this.#leave(stream);
  }

  #leave(stream: EventReader): void {
    this.#streams.delete(stream);
    stream.close();
  }

  async #read(stream: EventReader): Promise<void> {
    let reason = 'it ended';
    try {
      for (let job = await stream.next(); job; job = await stream.next())
        if (job.status === 'succeeded') this.ended.add(job.id);
        else if (job.status === 'failed') this.#onFailure(`the job ${job.id} failed`);
    } catch (error) {
      reason = String(error);
    }
    if (this.#streams.has(stream)) this.#onFailure(`a stream was interrupted: ${reason}`);
  }
}
