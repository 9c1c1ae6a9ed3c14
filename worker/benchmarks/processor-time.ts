import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessorTime {
  microseconds: number;
  /** Of them, in the kernel: system calls. */
  systemMicroseconds: number;
}

/** In hundredths of a second (proc_pid_stat(5), fields 4 and 14 to 17). */
const TICK_MICROSECONDS = 10_000;

/** What the processes have taken, and the children that they have, and have had. */
export function processorTime(pids: readonly number[]): ProcessorTime {
  let [user, system] = [0, 0];
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const fields = readStat(name);
    const isOne = pids.includes(Number(name));
    if (!isOne && !pids.includes(fields[1] ?? 0)) continue;
    const [ownUser = 0, ownSystem = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    user += ownUser + (isOne ? endedUser : 0);
    system += ownSystem + (isOne ? endedSystem : 0);
  }
  return {
    microseconds: (user + system) * TICK_MICROSECONDS,
    systemMicroseconds: system * TICK_MICROSECONDS,
  };
}

/** From the third field on, a letter; the second may contain blanks. Empty if the process has ended. */
function readStat(pid: string): number[] {
  try {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    return fields.split(' ').map(Number);
  } catch {
    return [];
  }
}
