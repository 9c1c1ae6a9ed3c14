/** Numbers by the heading of their column. */
export type Measured = Readonly<Record<string, number>>;
/** What each contender showed. */
export type Round = Readonly<Record<string, Measured>>;

const ROUNDS = 3;
const NAME_WIDTH = 36;
const COLUMN_WIDTH = 13;

/** All in turn, so that whatever else the machine does meets each of them. The first round only warms up. */
export async function measureInTurn(contenders: Record<string, () => Promise<Measured>>): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let turn = 0; turn <= ROUNDS; turn++) {
    const round: Record<string, Measured> = {};
    for (const [name, measure] of Object.entries(contenders)) round[name] = await measure();
    if (turn > 0) rounds.push(round);
  }
  return rounds;
}

/** Medians of the rounds, and for each pair the median of the ratios within a round. */
export function printTable(
  title: string,
  rounds: readonly Round[],
  pairs: readonly [string, string][],
): void {
  const [first = {}] = rounds;
  const columns = Object.keys(Object.values(first)[0] ?? {});
  console.log(`\n${title}`);
  printRow('', columns);
  for (const name of Object.keys(first)) {
    printRow(
      name,
      columns.map((column) => shown(median(rounds.map((round) => read(round, name, column))))),
    );
  }
  for (const [one, other] of pairs) {
    const ratio = (column: string): number =>
      median(rounds.map((round) => read(round, one, column) / read(round, other, column)));
    printRow(
      `${one} : ${other}`,
      columns.map((column) => `${ratio(column).toFixed(2)} x`),
    );
  }
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The smallest value that is no smaller than this share of them. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

function read(round: Round, name: string, column: string): number {
  return round[name]?.[column] ?? NaN;
}

function shown(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}

function printRow(name: string, cells: readonly string[]): void {
  console.log(`  ${name.padEnd(NAME_WIDTH)}${cells.map((cell) => cell.padStart(COLUMN_WIDTH)).join('')}`);
}
