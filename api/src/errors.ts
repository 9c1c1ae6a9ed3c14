import { STATUS_CODES } from 'node:http';

/** What a client may translate: a code stays when its text changes. */
export const PROBLEM_CODES = [
  'account_exists',
  'body_not_json',
  'body_too_large',
  'credentials_wrong',
  'idempotency_key_freed',
  'idempotency_key_used',
  'internal',
  'invalid_request',
  'job_finished',
  'job_not_found',
  'method_not_allowed',
  'not_found',
  'refused',
  'session_ended',
  'session_missing',
  'too_many_attempts',
  'too_many_requests',
  'too_many_sign_ins',
  'too_many_stored_jobs',
  'too_many_streams',
  'too_many_unfinished_jobs',
  'unavailable',
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

export const FIELD_CODES = [
  'invalid',
  'invalid_characters',
  'missing',
  'not_allowed',
  'too_large',
  'too_long',
  'too_many_fields',
  'too_short',
  'too_small',
  'unknown_field',
  'wrong_format',
  'wrong_type',
] as const;

export type FieldCode = (typeof FIELD_CODES)[number];

/** Of the code: the limit that was passed, or the values, the format or the type that are allowed. */
export interface FieldParams {
  limit?: number;
  allowed?: string[];
}

export interface FieldError {
  field: string;
  code: FieldCode;
  params: FieldParams;
  message: string;
}

/** An error response for the client, as problem details (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  readonly errors: FieldError[] | undefined;
  readonly extension: object;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    code: ProblemCode,
    detail: string,
    options: { errors?: FieldError[]; extension?: object; retryAfterSeconds?: number } = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
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
