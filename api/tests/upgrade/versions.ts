import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const MIGRATIONS = 'api/migrations';
const APPLICATIONS = ['api', 'worker'] as const;

/** Both applications of one commit, built. */
export interface Version {
  name: string;
  folder: string;
}

/** A migration, and the code that serves before and after it. */
export interface Upgrade {
  migration: string;
  before: string;
  /** Undefined: the working tree. */
  after: string | undefined;
}

/** What the command was asked for can't be done here; the message says what to do. */
export class NotPossible extends Error {}

/** The files of the migrations, in their order. */
export function migrationFiles(): string[] {
  return readdirSync(join(ROOT, MIGRATIONS)).sort();
}

/** The migration whose name begins with `start`, and the commits before and after it. */
export function upgradeOf(start: string, before?: string): Upgrade {
  const files = migrationFiles();
  const migration = files.find((file) => file.startsWith(start));
  if (migration === undefined)
    throw new NotPossible(`no migration begins with ${start}: ${files.join(', ')}`);
  if (migration === files[0]) throw new NotPossible(`${migration} is the first: nothing serves before it`);
  const brought = before === undefined ? commitThatBrought(migration) : undefined;
  const isNewest = migration === files.at(-1);
  return {
    migration,
    before: commit(before ?? (brought === undefined ? 'HEAD' : `${brought}^`)),
    after: isNewest ? undefined : brought,
  };
}

/** The migrations that the commit lacks, which serves until each of them has run. */
export function upgradesSince(before: string): Upgrade[] {
  const known = git('ls-tree', '--name-only', `${commit(before)}:${MIGRATIONS}`).split('\n');
  const added = migrationFiles().filter((file) => !known.includes(file));
  return added.map((migration) => ({ migration, before: commit(before), after: undefined }));
}

export function presentVersion(): Version {
  for (const application of APPLICATIONS) {
    const folder = join(ROOT, application);
    if (!existsSync(join(folder, 'node_modules'))) install(folder);
    build(folder);
  }
  return { name: 'working tree', folder: ROOT };
}

/** The commit's applications, in a folder of their own. */
export function versionAt(commitId: string, folder: string): Version {
  mkdirSync(folder);
  const archive = join(folder, 'applications.tar');
  git('archive', '--output', archive, commitId, ...APPLICATIONS);
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  for (const application of APPLICATIONS) {
    const [there, here] = [join(folder, application), join(ROOT, application)];
    if (hasSameLock(there, here)) symlinkSync(join(here, 'node_modules'), join(there, 'node_modules'));
    else install(there);
    build(there);
  }
  return { name: git('rev-parse', '--short', commitId), folder };
}

/** On the branch that is checked out: a merge brings what it merges. Undefined: it is not committed. */
function commitThatBrought(migration: string): string | undefined {
  const added = ['--first-parent', '-m', '--diff-filter=A', '--format=%H'];
  const [found] = git('log', ...added, '--', `${MIGRATIONS}/${migration}`)
    .split('\n')
    .reverse();
  return found === '' ? undefined : found;
}

function commit(name: string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', `${name}^{commit}`);
  } catch {
    const isShallow = git('rev-parse', '--is-shallow-repository') === 'true';
    const advice = isShallow ? ': the clone is shallow, run git fetch --unshallow' : '';
    throw new NotPossible(`the commit ${name} is not here${advice}`);
  }
}

function hasSameLock(one: string, other: string): boolean {
  const [first, second] = [one, other].map((folder) =>
    readFileSync(join(folder, 'package-lock.json'), 'utf8'),
  );
  return first === second && existsSync(join(other, 'node_modules'));
}

function install(folder: string): void {
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--silent'];
  execFileSync('npm', ['ci', ...quiet], { cwd: folder, stdio: 'inherit' });
}

function build(folder: string): void {
  execFileSync(process.execPath, ['build.js'], { cwd: folder, stdio: 'inherit' });
}

function git(...parameters: string[]): string {
  return execFileSync('git', parameters, { cwd: ROOT, encoding: 'utf8' }).trim();
}
