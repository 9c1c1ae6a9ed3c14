import { cpus, loadavg } from 'node:os';

/** Numbers by the heading of their column. */
export type Measured = Readonly<Record<string, number>>;
/** What each contender showed. */
export type Round = Readonly<Record<string, Measured>>;

const ROUNDS = 3;

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

/** When and where the numbers were measured: `printTable` prints what can be committed. */
export function printConditions(): void {
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model.trim() ?? 'unknown'}`;
  const date = new Date().toISOString().slice(0, 10);
  const others = loadavg()[0]?.toFixed(1) ?? '';
  console.log(
    `${date}, ${machine}, Node ${process.version}, load average before ${others}; medians (spread).`,
  );
}

/** Medians of the rounds with their spread, and for each pair the median of the ratios within a round. */
export function printTable(
  title: string,
  rounds: readonly Round[],
  pairs: readonly [string, string][],
): void {
  const [first = {}] = rounds;
  const columns = Object.keys(Object.values(first)[0] ?? {});
  console.log(`\n${title}\n`);
  printRow('', columns);
  printRow(
    '---',
    columns.map(() => '--:'),
  );
  for (const name of Object.keys(first)) {
    printRow(
      name,
      columns.map((column) =>
        spread(
          rounds.map((round) => read(round, name, column)),
          shown,
        ),
      ),
    );
  }
  for (const [one, other] of pairs) {
    const ratios = (column: string): number[] =>
      rounds.map((round) => read(round, one, column) / read(round, other, column));
    printRow(
      `**${one} : ${other}**`,
      columns.map((column) => spread(ratios(column), (ratio) => ratio.toFixed(2))),
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

function spread(values: readonly number[], show: (value: number) => string): string {
  if (values.some(Number.isNaN)) return '';
  const middle = show(median(values));
  return values.length === 1
    ? middle
    : `${middle} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

function printRow(name: string, cells: readonly string[]): void {
  console.log(`| ${[name, ...cells].join(' | ')} |`);
}
