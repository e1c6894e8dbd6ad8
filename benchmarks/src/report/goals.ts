// What each row has to reach. Against the fastest peer unless it says something else.

export interface Goal {
  /** So many times faster than the fastest peer. */
  timesFaster?: number;
  /** At most so many times the host's own blocking call; and ahead of every peer. */
  timesSync?: number;
  /** At least this share of the speed of fio. */
  shareOfFio?: number;
  /** CPU time per op, as a multiple of the fastest peer's. */
  cpu: number;
}

/** A goal of 1 is met by 0.95: equal, as far as it can be measured. */
const equal = 0.95;
const cpu = 1.1;
/** Where one hop or more cores are the point of the row, CPU time may be higher. */
const cpuExempt = 1.5;

const goals: Record<string, Goal> = {
  'readFile-4k-c1': { timesSync: 1.3, cpu },
  'readFile-4k-c64': { timesFaster: 1.3, cpu },
  'readFile-4k-4000-at-once': { timesFaster: 1.3, cpu },
  'readFile-4k-utf8-c64': { timesFaster: 1.5, cpu },
  'readFile-1m-c8': { timesFaster: 1.3, cpu },
  'readFile-64m-c1': { timesFaster: 1.4, cpu: cpuExempt },
  'writeFile-4k-c1': { timesFaster: 2, cpu: cpuExempt },
  'writeFile-4k-c64': { timesFaster: 1, cpu },
  'stat-c1': { timesSync: 1.5, cpu },
  'stat-c64': { timesFaster: 1.5, cpu },
  'FileHandle.read-4k-c1': { timesSync: 2.5, cpu },
  'FileHandle.read-4k-c256': { timesFaster: 1.5, cpu },
  'open-close-c64': { timesFaster: 1.5, cpu },
  'create-unlink-4k-c16': { timesFaster: 1.3, cpu },
  'mkdir-rmdir-c16': { timesFaster: 1, cpu },
  'readdir-5200-c1': { timesFaster: 1.2, cpu },
  'readFile-4k-cold-c256': { timesFaster: 2.5, cpu },
  'direct-read-4k-c256': { shareOfFio: 0.9, cpu },
};

/** On other filesystems than the main one: never slower than the host's own fs/promises. */
export const elsewhere: Goal = { timesFaster: 1, cpu: Number.POSITIVE_INFINITY };

export function goalOf(row: string): Goal | undefined {
  return goals[row];
}

export function isFastEnough(times: number, goal: number): boolean {
  return times >= (goal === 1 ? equal : goal);
}

export function goalInWords({ timesFaster, timesSync, shareOfFio }: Goal): string {
  if (timesSync !== undefined) return `${timesSync}x of sync, and ahead`;
  if (shareOfFio !== undefined) return `${shareOfFio} of fio`;
  return `${timesFaster?.toFixed(1)}x`;
}
