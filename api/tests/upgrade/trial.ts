import { migrationFiles, presentVersion, type Upgrade, type Version, versionAt } from './versions.ts';
import { join } from 'node:path';
import { type Figures, Load } from './load.ts';
import { type LockWait, LockWaits } from './lock-waits.ts';
import { Platform, type Running } from './platform.ts';

const REPLICAS = 2;
const JOBS_A_PHASE = 100;

interface Phase extends Figures {
  name: string;
  lockWait: LockWait;
}

export interface Outcome {
  upgrade: Upgrade;
  before: string;
  after: string;
  migrationMs: number;
  phases: Phase[];
  jobs: number;
  failures: string[];
}

type Replicas = Awaited<ReturnType<Platform['run']>>[];

/**
 * The version before serves, with load on it, while the migration runs; then beside the version after; then the latter
 * alone. Each request must succeed, and each job end and count once.
 */
export async function tryUpgrade(upgrade: Upgrade): Promise<Outcome> {
  const platform = await Platform.start();
  try {
    const before = versionAt(upgrade.before, join(platform.folder, 'before'));
    const after =
      upgrade.after === undefined
        ? presentVersion()
        : versionAt(upgrade.after, join(platform.folder, 'after'));
    const files = migrationFiles();
    await platform.migrateTo(files[files.indexOf(upgrade.migration) - 1] ?? '');
    await platform.storeJobs();
    return await serve(platform, upgrade, before, after);
  } finally {
    await platform.stop();
  }
}

async function serve(
  platform: Platform,
  upgrade: Upgrade,
  before: Version,
  after: Version,
): Promise<Outcome> {
  const waits = await LockWaits.watch(platform.connection, platform.migrator);
  const phases: Phase[] = [];
  const old = await start(platform, before);
  const load = await Load.start(urls(old));
  const finish = (name: string): unknown => phases.push({ name, ...load.take(), lockWait: waits.take() });

  await load.pass(JOBS_A_PHASE);
  finish('before it');
  const began = performance.now();
  await platform.migrateTo(upgrade.migration);
  const migrationMs = performance.now() - began;
  finish('while it runs');
  await load.pass(JOBS_A_PHASE);
  finish('after it');
  const newer = await start(platform, after);
  await load.moveTo([...urls(old), ...urls(newer)], JOBS_A_PHASE);
  finish('both versions');
  await load.moveTo(urls(newer), JOBS_A_PHASE);
  for (const { api, worker } of old) await Promise.all([api.stop(), worker.stop()]);
  await load.pass(JOBS_A_PHASE);
  await load.stop();
  finish('new version');
  await waits.stop();

  const errors = all([...old, ...newer]).flatMap((running) => running.errors());
  return {
    upgrade,
    before: before.name,
    after: after.name,
    migrationMs,
    phases,
    jobs: load.jobs,
    failures: [...load.failures, ...errors],
  };
}

async function start(platform: Platform, version: Version): Promise<Replicas> {
  return Promise.all(Array.from({ length: REPLICAS }, () => platform.run(version)));
}

function urls(replicas: Replicas): string[] {
  return replicas.map(({ api }) => api.url);
}

function all(replicas: Replicas): Running[] {
  return replicas.flatMap(({ api, worker }) => [api, worker]);
}
