import { randomUUID } from 'node:crypto';

export interface SessionBody {
  accessToken: string;
  expiresInSeconds: number;
  user: { id: string; email: string; tenantId: string; tenantName: string };
}

export interface JobBody {
  id: string;
  kind: string;
  payload: Record<string, unknown>;
  status: string;
  progress: number;
  createdAt: string;
  finishedAt: string | null;
  createdBy: string | null;
  origin: string;
  requestId: string | null;
  runAgainOf: string | null;
}

export interface Answer<Body> {
  status: number;
  headers: Headers;
  text: string;
  body: Body;
}

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  instance: string;
  errors?: { field: string; code: string; params: object; message: string }[];
}

export const PASSWORD = 'correct horse battery staple';

export class ApiClient {
  readonly url: string;
  token: string | undefined;
  cookie: string | undefined;

  constructor(url: string) {
    this.url = url;
  }

  /** The same session, at another replica. */
  at(url: string): ApiClient {
    const client = new ApiClient(url);
    client.token = this.token;
    client.cookie = this.cookie;
    return client;
  }

  async send<Body = ProblemBody>(
    method: string,
    path: string,
    body?: unknown,
    headers = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(this.cookie === undefined ? {} : { cookie: `refresh_token=${this.cookie}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson ? JSON.parse(text) : text) as Body,
    };
  }

  get<Body = ProblemBody>(path: string): Promise<Answer<Body>> {
    return this.send<Body>('GET', path);
  }

  /** Opens an account of its own and keeps its tokens. */
  async signUp(email = `${randomUUID()}@example.com`): Promise<SessionBody> {
    const answer = await this.send<SessionBody>('POST', '/api/v1/accounts', {
      email,
      password: PASSWORD,
      tenantName: 'Tests',
    });
    return this.#keep(answer);
  }

  async signIn(email: string): Promise<SessionBody> {
    return this.#keep(
      await this.send<SessionBody>('POST', '/api/v1/sessions', { email, password: PASSWORD }),
    );
  }

  async refresh(cookie = this.cookie): Promise<Answer<SessionBody>> {
    const client = new ApiClient(this.url);
    client.cookie = cookie;
    const answer = await client.send<SessionBody>('POST', '/api/v1/sessions/refresh');
    if (answer.status === 200) this.#keep(answer);
    return answer;
  }

  submit(limit = 100, key: string = randomUUID()): Promise<Answer<JobBody>> {
    const job = { kind: 'number.primes', payload: { limit } };
    return this.send<JobBody>('POST', '/api/v1/jobs', job, { 'idempotency-key': key });
  }

  /** The events of a stream as they come. */
  async follow(path: string): Promise<EventReader> {
    const controller = new AbortController();
    const response = await fetch(`${this.url}${path}`, {
      headers: { authorization: `Bearer ${this.token ?? ''}` },
      signal: controller.signal,
    });
    return new EventReader(response, controller);
  }

  #keep(answer: Answer<SessionBody>): SessionBody {
    this.token = answer.body.accessToken;
    this.cookie = refreshCookie(answer.headers);
    return answer.body;
  }
}

export function refreshCookie(headers: Headers): string | undefined {
  const [cookie] = headers.getSetCookie();
  return /^refresh_token=([^;]+)/.exec(cookie ?? '')?.[1];
}

export class EventReader {
  readonly response: Response;
  readonly #controller: AbortController;
  readonly #events: AsyncGenerator<JobBody>;

  constructor(response: Response, controller: AbortController) {
    this.response = response;
    this.#controller = controller;
    this.#events = readEvents(response);
  }

  /** Undefined at the end of the stream. */
  async next(): Promise<JobBody | undefined> {
    const result = await this.#events.next();
    return result.done === true ? undefined : result.value;
  }

  async until(matches: (job: JobBody) => boolean): Promise<JobBody> {
    for (;;) {
      const job = await this.next();
      if (!job) throw new Error('the stream ended before');
      if (matches(job)) return job;
    }
  }

  async rest(): Promise<JobBody[]> {
    const jobs: JobBody[] = [];
    for (let job = await this.next(); job; job = await this.next()) jobs.push(job);
    return jobs;
  }

  close(): void {
    this.#controller.abort();
  }
}

async function* readEvents(response: Response): AsyncGenerator<JobBody> {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const [, data] = /^event: progress\ndata: (.*)$/.exec(event) ?? [];
      if (data !== undefined) yield JSON.parse(data) as JobBody;
    }
  }
}
