/** A dependency of this service does not answer. */
export class Unavailable extends Error {
  readonly dependency: string;

  constructor(dependency: string, cause: unknown) {
    super(`${dependency} is not available`, { cause });
    this.name = 'Unavailable';
    this.dependency = dependency;
  }
}

/** A job or message that must not be retried. The text is shown to users. */
export class Poison extends Error {
  override readonly name = 'Poison';
}

/** A failure whose text is shown to users; any other is shown as an internal error. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
}
