import type { components } from './openapi.generated.ts';

/** What is wrong with a field, as the API says it: `code` and `params` are what to translate. */
export type FieldError = Omit<components['schemas']['FieldError'], 'message'>;

interface Details {
  code?: string | undefined;
  requestId?: string | undefined;
  fields?: readonly FieldError[];
}

/** An error response: application/problem+json from the API, or any body from a proxy. */
export class ApiError extends Error {
  readonly status: number;
  /** What to translate; undefined in an answer of a proxy. */
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly fields: readonly FieldError[];

  constructor(status: number, detail: string, { code, requestId, fields = [] }: Details = {}) {
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.fields = fields;
  }
}

/** The request failed without a complete response. */
export class NetworkError extends Error {
  constructor(cause: unknown) {
    super('request failed without a response', { cause });
    this.name = 'NetworkError';
  }
}

/** There was no complete response within the request's limit. */
export class NoAnswerError extends NetworkError {}

export async function errorOf(response: Response): Promise<ApiError> {
  const body = record(await response.json().catch(() => undefined));
  const requestId = text(body.instance) ?? response.headers.get('x-request-id') ?? undefined;
  const fields = Array.isArray(body.errors) ? body.errors.map(fieldError) : [];
  const detail = text(body.detail) ?? response.statusText;
  return new ApiError(response.status, detail, { code: text(body.code), requestId, fields });
}

/** The replica that answered did not have the latest state yet. */
export class StaleAnswerError extends Error {}

/** Whether the same request may succeed when it is retried. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof NetworkError || error instanceof StaleAnswerError) return true;
  return error instanceof ApiError && [502, 503, 504].includes(error.status);
}

function fieldError(value: unknown): FieldError {
  const { field, code, params } = record(value);
  return {
    field: text(field) ?? '',
    code: (text(code) ?? 'invalid') as FieldError['code'],
    params: record(params),
  };
}

function record(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
