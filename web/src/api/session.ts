import { ApiError, errorOf } from './errors.ts';
import { Http, jsonOf, type Request } from './http.ts';
import type { components, paths } from './openapi.generated.ts';
import { backoff, pause } from './time.ts';

type Tokens = components['schemas']['Session'];
export type User = Tokens['user'];
export type Credentials = paths['/api/v1/sessions']['post']['requestBody']['content']['application/json'];
export type NewAccount = paths['/api/v1/accounts']['post']['requestBody']['content']['application/json'];

export type SessionState =
  | { status: 'resuming' }
  | { status: 'unreachable'; error: unknown }
  | { status: 'signed-out' }
  | { status: 'ended' }
  /** Someone else has signed in in this browser, whose cookie all tabs share. */
  | { status: 'taken-over'; by: string }
  | { status: 'signed-in'; user: User };

/** What the tabs of a browser tell each other. */
export type Announcement = { type: 'signed-in'; user: User } | { type: 'signed-out' };

/** Whom this tab belongs to, also after a reload. */
export interface Owner {
  read: () => string | undefined;
  write: (userId: string | undefined) => void;
}

export interface SessionOptions {
  http?: Http;
  now?: () => number;
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Runs one function at a time across tabs: a refresh token that comes back late ends the session. */
  exclusively?: <Result>(work: () => Promise<Result>) => Promise<Result>;
  announce?: (announcement: Announcement) => void;
  owner?: Owner;
}

const SESSIONS = '/api/v1/sessions';
/** Refreshed this long before it expires, so that it does not expire on the way to the service. */
const MARGIN_MS = 30_000;
/** Outlasts the page, so that its answer's cookie is stored when people leave in between. */
const REFRESH: Request = { keepalive: true };
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 10_000;

/**
 * Holds the access token in memory. The refresh token is an HttpOnly cookie, which all tabs share: a tab belongs to the
 * user who signed in there, and never goes on as another.
 */
export class Session {
  readonly http: Http;
  #state: SessionState = { status: 'resuming' };
  #token = '';
  #expiresAt = 0;
  #refreshing: Promise<void> | undefined;
  #resuming = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;
  readonly #wait: NonNullable<SessionOptions['wait']>;
  readonly #exclusively: NonNullable<SessionOptions['exclusively']>;
  readonly #announce: NonNullable<SessionOptions['announce']>;
  readonly #owner: Owner;

  constructor(options: SessionOptions = {}) {
    this.http = options.http ?? new Http();
    this.#now = options.now ?? Date.now;
    this.#wait = options.wait ?? pause;
    this.#exclusively = options.exclusively ?? ((work) => work());
    this.#announce = options.announce ?? (() => undefined);
    this.#owner = options.owner ?? inMemory();
  }

  get state(): SessionState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resumes the session of the refresh cookie, if there is one, as soon as the service answers. */
  async resume(): Promise<void> {
    this.#resuming.abort();
    const { signal } = (this.#resuming = new AbortController());
    const goesOn = (): boolean => !signal.aborted && isResuming(this.#state);
    this.#set({ status: 'resuming' });
    for (let attempt = 0; goesOn(); attempt += 1) {
      try {
        await this.#refresh();
        return;
      } catch (error) {
        if (goesOn()) this.#set({ status: 'unreachable', error });
      }
      await this.#wait(backoff(attempt, FIRST_RETRY_MS, LONGEST_RETRY_MS), signal);
    }
  }

  /** Makes this tab one of whoever has signed in in the browser. */
  async continueAsOther(): Promise<void> {
    this.#owner.write(undefined);
    await this.resume();
  }

  async signIn(credentials: Credentials, signal?: AbortSignal): Promise<void> {
    await this.#start(SESSIONS, credentials, signal);
  }

  async createAccount(account: NewAccount, signal?: AbortSignal): Promise<void> {
    await this.#start('/api/v1/accounts', account, signal);
  }

  async signOut(): Promise<void> {
    await this.#inTurn(async () => {
      const response = await this.http.send(SESSIONS, { method: 'DELETE' });
      if (!response.ok) throw await errorOf(response);
    });
    this.#owner.write(undefined);
    this.#end({ status: 'signed-out' });
    this.#announce({ type: 'signed-out' });
  }

  /** What another tab has announced. */
  hear(announcement: Announcement): void {
    if (announcement.type === 'signed-out') {
      this.#owner.write(undefined);
      this.#end({ status: 'signed-out' });
      return;
    }
    const { user } = announcement;
    if (this.#isOthers(user)) this.#end({ status: 'taken-over', by: user.email });
    else if (this.#state.status !== 'signed-in') void this.resume();
  }

  /** Sends a request with the access token. After a 401 it is sent once more, with a new token. */
  async request(path: string, init: Request = {}): Promise<Response> {
    if (this.#now() >= this.#expiresAt - MARGIN_MS) await this.#refresh();
    const token = this.#token;
    let response = await this.#sendWith(token, path, init);
    if (response.status === 401) {
      if (token === this.#token) await this.#refresh();
      response = await this.#sendWith(this.#token, path, init);
    }
    if (!response.ok) throw await errorOf(response);
    return response;
  }

  async json<Body>(path: string, init?: Request): Promise<Body> {
    return jsonOf<Body>(await this.request(path, init));
  }

  /** Concurrent callers share one refresh. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#inTurn(() => this.#fetchTokens()).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Waiting for another tab is waiting for the service, which that tab waits for. */
  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const settled = this.http.service.begin();
    try {
      return await this.#exclusively(work);
    } finally {
      settled('cancelled');
    }
  }

  async #fetchTokens(): Promise<void> {
    try {
      const tokens = await this.#post(`${SESSIONS}/refresh`, REFRESH);
      if (this.#isOthers(tokens.user)) {
        this.#end({ status: 'taken-over', by: tokens.user.email });
        throw new ApiError(401, 'Another user has signed in.');
      }
      this.#accept(tokens);
    } catch (error) {
      const had = this.#state.status === 'signed-in' || this.#owner.read() !== undefined;
      if (error instanceof ApiError && error.status === 401 && this.#state.status !== 'taken-over')
        this.#end({ status: had ? 'ended' : 'signed-out' });
      throw error;
    }
  }

  async #start(path: string, body: object, signal?: AbortSignal): Promise<void> {
    await this.#inTurn(async () => {
      const headers = { 'content-type': 'application/json' };
      const request = { headers, body: JSON.stringify(body), ...(signal && { signal }) };
      const tokens = await this.#post(path, request);
      this.#resuming.abort();
      this.#accept(tokens);
      this.#announce({ type: 'signed-in', user: tokens.user });
    });
  }

  async #post(path: string, request: Request): Promise<Tokens> {
    const response = await this.http.send(path, { method: 'POST', ...request });
    if (!response.ok) throw await errorOf(response);
    return jsonOf<Tokens>(response);
  }

  #sendWith(token: string, path: string, init: Request): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    return this.http.send(path, { ...init, headers });
  }

  #isOthers(user: User): boolean {
    const owner = this.#owner.read();
    return owner !== undefined && owner !== user.id;
  }

  #accept({ accessToken, expiresInSeconds, user }: Tokens): void {
    this.#token = accessToken;
    this.#expiresAt = this.#now() + expiresInSeconds * 1_000;
    this.#owner.write(user.id);
    const known = this.#state;
    if (known.status !== 'signed-in' || known.user.id !== user.id) this.#set({ status: 'signed-in', user });
  }

  #end(state: SessionState): void {
    this.#resuming.abort();
    this.#token = '';
    this.#expiresAt = 0;
    this.#set(state);
  }

  #set(state: SessionState): void {
    this.#state = state;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}

function isResuming({ status }: SessionState): boolean {
  return status === 'resuming' || status === 'unreachable';
}

function inMemory(): Owner {
  let owner: string | undefined;
  return {
    read: () => owner,
    write: (userId) => {
      owner = userId;
    },
  };
}
