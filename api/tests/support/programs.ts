/** Servers that the tests start where they are installed. */
const PROGRAMS = ['postgresql', 'redis-server', 'rabbitmq-server', 'moto_server'] as const;

export type Program = (typeof PROGRAMS)[number];

/**
 * The programs that REQUIRE_PROGRAMS forbids to be missing: of `all` each, of `all but x y` each but x and y, and none
 * without the variable. Throws on another form or an unknown program, as tests/support/programs.py does.
 */
export function requiredPrograms(value = process.env.REQUIRE_PROGRAMS ?? ''): readonly Program[] {
  if (value === '') return [];
  const [all, but, ...optional] = value.trim().split(/\s+/);
  if (all === 'all' && but === undefined) return PROGRAMS;
  const isKnown = (name: string): boolean => PROGRAMS.some((program) => program === name);
  if (all === 'all' && but === 'but' && optional.length > 0 && optional.every(isKnown))
    return PROGRAMS.filter((program) => !optional.includes(program));
  const known = PROGRAMS.join(' ');
  throw new Error(`REQUIRE_PROGRAMS=${value}: write all, or all but some of: ${known}`);
}

/** Throws where a missing program is required. */
export function allowMissing(missing: readonly Program[], reason: string): void {
  const required = requiredPrograms();
  if (missing.some((program) => required.includes(program))) throw new Error(reason);
}
