import type { Hello, Sample } from './protocol';
import { type Comparison, compare, type Figures, figures } from './statistics';

/** What one row's run left behind. */
export interface Measured {
  row: string;
  /** Per subject, one sample a round. Empty when the row failed. */
  samples: Record<string, Sample[]>;
  hellos: Record<string, Hello>;
  failure?: string;
}

export interface Line {
  row: string;
  subject: string;
  figures: Figures;
  /** Against ours; ours itself has none. */
  comparison?: Comparison;
}

export interface Report {
  machine: string;
  date: string;
  rounds: number;
  busyCpus: number;
  /** The subject the others are compared with. */
  ours: string;
  /** Per subject: what ran it and what served its calls. */
  subjects: Record<string, Hello>;
  lines: Line[];
  failures: { row: string; reason: string }[];
  skipped: string[];
}

export type Setting = Pick<Report, 'machine' | 'rounds' | 'busyCpus' | 'ours' | 'skipped'>;

export function makeReport(measured: readonly Measured[], setting: Setting): Report {
  return {
    ...setting,
    date: new Date().toISOString(),
    subjects: Object.assign({}, ...measured.map(({ hellos }) => hellos)),
    lines: measured
      .filter(({ failure }) => failure === undefined)
      .flatMap((row) => linesOf(row, setting.ours)),
    failures: measured.flatMap(({ row, failure }) =>
      failure === undefined ? [] : [{ row, reason: failure }],
    ),
  };
}

function linesOf({ row, samples }: Measured, ours: string): Line[] {
  return Object.entries(samples).map(([subject, list]) => ({
    row,
    subject,
    figures: figures(list),
    ...(subject !== ours && { comparison: compare(samples[ours], list) }),
  }));
}

/** The rows where ours loses, in words. */
export function losses({ lines, ours }: Report): string[] {
  return lines.flatMap(({ row, subject, comparison }) => {
    if (!comparison) return [];
    const { timesFaster, cpuRatio } = comparison;
    const lost: string[] = [];
    if (timesFaster.median < 0.995) lost.push(`slower (${timesFaster.median.toFixed(2)}x the speed)`);
    if (cpuRatio.median > 1.1) lost.push(`dearer (${cpuRatio.median.toFixed(2)}x the CPU time)`);
    return lost.length === 0 ? [] : [`${row}: ${ours} is ${lost.join(' and ')} than ${subject}`];
  });
}
