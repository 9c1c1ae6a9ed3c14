/** A part that this service needs does not answer. */
export class Unavailable extends Error {
  readonly part: string;

  constructor(part: string, cause: unknown) {
    super(`${part} is not available`, { cause });
    this.name = 'Unavailable';
    this.part = part;
  }
}

/** A job or a message that no repetition makes better. Its text is shown to people. */
export class Poison extends Error {
  override readonly name = 'Poison';
}

/** A failure that people may read about; of any other they learn only that there was one. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
}
