import { STATUS_CODES } from 'node:http';

export interface FieldError {
  field: string;
  message: string;
}

/** An answer other than success, meant for the client. */
export class Problem extends Error {
  readonly status: number;
  readonly errors: FieldError[] | undefined;
  readonly extension: object;

  constructor(status: number, detail: string, options: { errors?: FieldError[]; extension?: object } = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.errors = options.errors;
    this.extension = options.extension ?? {};
  }

  get title(): string {
    return STATUS_CODES[this.status] ?? 'Error';
  }
}

/** A part that this service needs does not answer. */
export class Unavailable extends Error {
  readonly part: string;

  constructor(part: string, cause: unknown) {
    super(`${part} is not available`, { cause });
    this.name = 'Unavailable';
    this.part = part;
  }
}
