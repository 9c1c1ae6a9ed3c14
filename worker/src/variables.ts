import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const list = problems.map((problem) => `- ${problem}`).join('\n');
    super(`The configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${list}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Throws one ConfigError that lists all problems. */
export function readAll<Result>(environment: Environment, read: (variables: Variables) => Result): Result {
  const variables = new Variables(environment);
  const result = read(variables);
  if (variables.problems.length > 0) throw new ConfigError(variables.problems);
  return result;
}

/** Reads variables one by one and collects their problems. A variable without a default is required. */
export class Variables {
  readonly problems: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(name: string, fallback?: string): string {
    const value = this.#environment[name] ?? '';
    if (value !== '') return value;
    if (fallback === undefined) this.problems.push(`${name} is missing`);
    return fallback ?? '';
  }

  number(name: string, fallback: number, minimum: number, maximum: number): number {
    const value = Number(this.text(name, String(fallback)));
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    this.problems.push(`${name} must be a whole number from ${minimum} to ${maximum}`);
    return fallback;
  }

  port(name: string, fallback: number): number {
    return this.number(name, fallback, 1, 65_535);
  }

  flag(name: string, fallback: boolean): boolean {
    return this.choice(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }

  choice<Choice extends string>(
    name: string,
    choices: readonly [Choice, ...Choice[]],
    fallback?: Choice,
  ): Choice {
    const before = this.problems.length;
    const value = this.text(name, fallback);
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined && this.problems.length === before) {
      this.problems.push(`${name} must be one of ${choices.join(', ')}`);
    }
    return choice ?? choices[0];
  }

  url(name: string, protocols: readonly string[]): string {
    const value = this.text(name);
    if (value !== '' && !(URL.canParse(value) && protocols.includes(new URL(value).protocol))) {
      this.problems.push(
        `${name} must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
      );
    }
    return value;
  }

  optionalUrl(name: string, protocols: readonly string[]): string | undefined {
    return this.text(name, '') === '' ? undefined : this.url(name, protocols);
  }

  secret(name: string): string {
    const before = this.problems.length;
    const value = this.optionalSecret(name) ?? '';
    if (value === '' && this.problems.length === before) this.problems.push(`${name} is missing`);
    return value;
  }

  /** The value of <NAME>, or the content of the file that <NAME>_FILE points to, without line breaks at its end. */
  optionalSecret(name: string): string | undefined {
    const value = this.text(name, '');
    const file = this.text(`${name}_FILE`, '');
    if (value !== '' && file !== '') this.problems.push(`${name} and ${name}_FILE must not both be set`);
    if (file === '') return value === '' ? undefined : value;
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
        .decode(readFileSync(file))
        .replace(/\n+$/, '');
    } catch (error) {
      const reason =
        error instanceof TypeError ? 'holds no UTF-8 text' : 'points to a file that cannot be read';
      this.problems.push(`${name}_FILE ${reason}`);
      return undefined;
    }
  }
}
