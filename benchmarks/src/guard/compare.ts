// Row by row: the ratios to bare Node of now and of the recorded run.
import { digits } from '../report/digits';
import type { Line, Section } from '../report/model';
import type { TableData } from '../report/table';
import type { Sample } from '../rows/protocol';
import { cpuPairs, speedPairs } from '../statistics';
import { type Change, judgeChange } from './judge';

export interface RowChange {
  row: string;
  speed: Change;
  cpu: Change;
}

interface Side {
  section: Section;
  ours: string;
  /** The subject that is bare Node of the same host. */
  bare: string;
}

/** Rows that both runs have. */
export function compareSections(recorded: Side, now: Side): RowChange[] {
  return now.section.rows.flatMap(({ row }) => {
    const [before, after] = [pairOf(recorded, row), pairOf(now, row)];
    if (!before || !after) return [];
    const ratios = (pairs: (a: readonly Sample[], b: readonly Sample[]) => number[]) =>
      judgeChange(pairs(...before), pairs(...after));
    // cpuPairs is ours by its, so less is better; turned round, more is better for both.
    return [{ row, speed: ratios(speedPairs), cpu: ratios((a, b) => cpuPairs(a, b).map((one) => 1 / one)) }];
  });
}

function pairOf(
  { section, ours, bare }: Side,
  row: string,
): [readonly Sample[], readonly Sample[]] | undefined {
  const subjects: Record<string, Line> = section.rows.find((one) => one.row === row)?.subjects ?? {};
  const [own, other] = [subjects[ours]?.samples, subjects[bare]?.samples];
  return own && other ? [own, other] : undefined;
}

export function isWorse({ speed, cpu }: RowChange): boolean {
  return speed.verdict === 'worse' || cpu.verdict === 'worse';
}

export function changeTable(changes: readonly RowChange[], host: string): TableData {
  return {
    title: 'Against the last recorded run',
    notes: [
      `Ratios to bare ${host} in the same run, above 1 is better than it. A row is worse when a ratio has fallen by more than both runs' own ` +
        'spread (the middle half of their rounds, at least 10 %), when the same code would show that in less than 1 run of 100 (permutation test), ' +
        'and when a second measurement in new processes says the same.',
    ],
    head: [
      'row',
      'speed then',
      'now',
      'change',
      'allowed',
      'speed is',
      'CPU then',
      'now',
      'change',
      'allowed',
      'CPU is',
    ],
    words: 1,
    rows: changes.map(({ row, speed, cpu }) => [row, ...cells(speed), ...cells(cpu)]),
  };
}

function cells({ recorded, now, change, allowed, verdict }: Change): string[] {
  const percent = (share: number) => `${share > 0 ? '+' : ''}${(share * 100).toFixed(0)} %`;
  return [`${digits(recorded)}x`, `${digits(now)}x`, percent(change - 1), percent(-allowed), verdict];
}
