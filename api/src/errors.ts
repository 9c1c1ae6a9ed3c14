import { STATUS_CODES } from 'node:http';

export interface FieldError {
  field: string;
  message: string;
}

/** An error response for the client, as problem details (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly errors: FieldError[] | undefined;
  readonly extension: object;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    detail: string,
    options: { errors?: FieldError[]; extension?: object; retryAfterSeconds?: number } = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.errors = options.errors;
    this.extension = options.extension ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get title(): string {
    return STATUS_CODES[this.status] ?? 'Error';
  }
}

/** A dependency (database, Redis, broker) does not answer. */
export class Unavailable extends Error {
  readonly dependency: string;

  constructor(dependency: string, cause: unknown) {
    super(`${dependency} is not available`, { cause });
    this.name = 'Unavailable';
    this.dependency = dependency;
  }
}
