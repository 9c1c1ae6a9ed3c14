/**
 * Tries a migration with the version before it serving under load: `make try-migration MIGRATION=0005`, by default the
 * newest. Other forms: `node tests/upgrade/main.ts 0005 --before COMMIT`, and `--new-since COMMIT` for each migration that
 * the commit lacks.
 */
import { parseArgs } from 'node:util';
import { missingPrograms } from '../support/servers.ts';
import { type Outcome, tryUpgrade } from './trial.ts';
import { migrationFiles, NotPossible, type Upgrade, upgradeOf, upgradesSince } from './versions.ts';

try {
  await main();
} catch (error) {
  console.error(error instanceof NotPossible ? `try-migration: ${error.message}` : error);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const missing = missingPrograms();
  if (missing.length > 0) throw new NotPossible(`not installed: ${missing.join(', ')}`);
  const upgrades = chosen();
  if (upgrades.length === 0) console.log('No migration is new: none is tried.');
  for (const upgrade of upgrades) {
    const outcome = await tryUpgrade(upgrade);
    print(outcome);
    if (outcome.failures.length > 0) process.exitCode = 1;
  }
}

function chosen(): Upgrade[] {
  const { values, positionals } = parseArgs({
    options: { before: { type: 'string' }, 'new-since': { type: 'string' } },
    allowPositionals: true,
  });
  if (values['new-since'] !== undefined) return upgradesSince(values['new-since']);
  return [upgradeOf(positionals[0] ?? migrationFiles().at(-1) ?? '', values.before)];
}

function print({ upgrade, before, after, migrationMs, phases, jobs, failures }: Outcome): void {
  console.log(
    `\n${upgrade.migration}: ${before} before it, ${after} after it; it took ${migrationMs.toFixed(0)} ms`,
  );
  console.table(
    Object.fromEntries(
      phases.map(({ name, requests, slowestMs, lockWait }) => [
        name,
        {
          requests,
          'slowest ms': Math.round(slowestMs),
          'longest wait for a lock ms': lockWait.milliseconds,
          'of the statement': lockWait.statement,
        },
      ]),
    ),
  );
  console.log(`${jobs} jobs, each ended and counted once; ${failures.length} failures`);
  for (const failure of failures.slice(0, 20)) console.log(`- ${failure}`);
}
