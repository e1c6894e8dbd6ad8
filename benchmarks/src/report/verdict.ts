// A row against its goal.

import type { Spread } from '../statistics';
import type { Role } from '../subjects/subject';
import { type Goal, goalInWords, isFastEnough } from './goals';
import type { Line } from './model';

export interface Verdict {
  goal: string;
  /** The fastest peer of the row, and how much faster ours is. */
  bestPeer: string;
  timesFaster: Spread;
  /** Our time by that of the blocking call; our speed by fio's. */
  timesSync?: Spread;
  shareOfFio?: Spread;
  /** undefined where what the goal refers to was not measured. */
  speedMet?: boolean;
  cpuGoal: number;
  /** Our CPU time by the fastest peer's. */
  cpuRatio: Spread;
  cpuMet: boolean;
}

export type Roles = Readonly<Record<string, { role: Role }>>;

/** Returns nothing where no peer could be measured. */
export function judge(goal: Goal, lines: Readonly<Record<string, Line>>, roles: Roles): Verdict | undefined {
  const best = fastestPeer(lines, roles);
  if (!best) return undefined;
  const [bestPeer, { comparison }] = best;
  if (!comparison) return undefined;
  const { timesFaster, cpuRatio } = comparison;
  const sync = lines['node-sync']?.comparison?.timesFaster;
  const fio = lines.fio?.comparison?.timesFaster;
  return {
    goal: goalInWords(goal),
    bestPeer,
    timesFaster,
    ...(goal.timesSync !== undefined && sync && { timesSync: inverse(sync) }),
    ...(goal.shareOfFio !== undefined && fio && { shareOfFio: fio }),
    speedMet: isMet(goal, timesFaster.median, sync?.median, fio?.median),
    cpuGoal: goal.cpu,
    cpuRatio,
    cpuMet: cpuRatio.median <= goal.cpu,
  };
}

export function fastestPeer(lines: Readonly<Record<string, Line>>, roles: Roles): [string, Line] | undefined {
  return Object.entries(lines)
    .filter(([name]) => roles[name].role === 'peer')
    .sort(([, a], [, b]) => a.wallUs.median - b.wallUs.median)[0];
}

function isMet(goal: Goal, timesFaster: number, sync?: number, fio?: number): boolean | undefined {
  if (goal.timesSync !== undefined)
    return sync === undefined ? undefined : 1 / sync <= goal.timesSync && timesFaster > 1;
  if (goal.shareOfFio !== undefined) return fio === undefined ? undefined : fio >= goal.shareOfFio;
  return isFastEnough(timesFaster, goal.timesFaster ?? 1);
}

function inverse({ median, low, high, min, max }: Spread): Spread {
  return { median: 1 / median, low: 1 / high, high: 1 / low, min: 1 / max, max: 1 / min };
}
