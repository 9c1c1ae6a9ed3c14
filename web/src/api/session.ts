import { ApiError, errorOf, NetworkError } from './errors.ts';
import type { components, paths } from './openapi.generated.ts';

type Tokens = components['schemas']['Session'];
type User = Tokens['user'];
export type Credentials = paths['/api/v1/sessions']['post']['requestBody']['content']['application/json'];
export type NewAccount = paths['/api/v1/accounts']['post']['requestBody']['content']['application/json'];

export type SessionState =
  | { status: 'resuming' }
  | { status: 'unreachable'; error: unknown }
  | { status: 'signed-out'; expired: boolean }
  | { status: 'signed-in'; user: User };

export interface SessionOptions {
  fetch?: typeof fetch;
  now?: () => number;
  /** Runs one function at a time across tabs: a refresh token that is used twice ends the session. */
  exclusively?: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Notifies the other tabs that the session has ended. */
  announceEnd?: () => void;
}

const SESSIONS = '/api/v1/sessions';
/** Refreshed this long before it expires, so that it does not expire on the way to the service. */
const MARGIN_MS = 30_000;

/** Holds the access token in memory. The refresh token is an HttpOnly cookie. */
export class Session {
  #state: SessionState = { status: 'resuming' };
  #token = '';
  #expiresAt = 0;
  #refreshing: Promise<void> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #fetch: typeof fetch;
  readonly #now: () => number;
  readonly #exclusively: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly #announceEnd: () => void;

  constructor(options: SessionOptions = {}) {
    this.#fetch = options.fetch ?? ((...request) => fetch(...request));
    this.#now = options.now ?? Date.now;
    this.#exclusively = options.exclusively ?? ((work) => work());
    this.#announceEnd = options.announceEnd ?? (() => undefined);
  }

  get state(): SessionState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resumes the session of the refresh cookie, if there is one. */
  async resume(): Promise<void> {
    this.#set({ status: 'resuming' });
    try {
      await this.#refresh();
    } catch (error) {
      if (this.#state.status === 'resuming') this.#set({ status: 'unreachable', error });
    }
  }

  async signIn(credentials: Credentials): Promise<void> {
    this.#accept(await this.#post(SESSIONS, credentials));
  }

  async createAccount(account: NewAccount): Promise<void> {
    this.#accept(await this.#post('/api/v1/accounts', account));
  }

  async signOut(): Promise<void> {
    const response = await this.#send(SESSIONS, { method: 'DELETE' });
    if (!response.ok) throw await errorOf(response);
    this.end(false);
    this.#announceEnd();
  }

  end(expired: boolean): void {
    this.#token = '';
    this.#set({ status: 'signed-out', expired });
  }

  /** Sends a request with the access token. After a 401 it is sent once more, with a new token. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    if (this.#now() >= this.#expiresAt - MARGIN_MS) await this.#refresh();
    const token = this.#token;
    let response = await this.#send(path, init, token);
    if (response.status === 401) {
      if (token === this.#token) await this.#refresh();
      response = await this.#send(path, init, this.#token);
    }
    if (!response.ok) throw await errorOf(response);
    return response;
  }

  /** Concurrent callers share one refresh. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#exclusively(() => this.#fetchTokens()).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #fetchTokens(): Promise<void> {
    try {
      this.#accept(await this.#post(`${SESSIONS}/refresh`));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.end(this.#state.status === 'signed-in');
      throw error;
    }
  }

  async #post(path: string, body?: object): Promise<Tokens> {
    const content = body && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    const response = await this.#send(path, { method: 'POST', ...content });
    if (!response.ok) throw await errorOf(response);
    return (await response.json()) as Tokens;
  }

  async #send(path: string, init: RequestInit, token = ''): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token !== '') headers.set('authorization', `Bearer ${token}`);
    try {
      return await this.#fetch(path, { ...init, headers, credentials: 'same-origin', cache: 'no-store' });
    } catch (error) {
      throw new NetworkError(error);
    }
  }

  #accept({ accessToken, expiresInSeconds, user }: Tokens): void {
    this.#token = accessToken;
    this.#expiresAt = this.#now() + expiresInSeconds * 1_000;
    this.#set({ status: 'signed-in', user });
  }

  #set(state: SessionState): void {
    this.#state = state;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}
