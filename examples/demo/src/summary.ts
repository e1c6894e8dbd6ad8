// Reports of all rounds in, one figure per cell out. No text here.
import { max, median, min } from 'simple-statistics';
import type { Cost, Job, Phase, Report } from './job';
import { addCounters, type Capabilities, type Counters } from './lanes';

/** The median round, and how far the others were from it. */
export interface Figure {
  wallMs: number;
  wallMsMin: number;
  wallMsMax: number;
  cpuMs: number;
  filesPerSecond: number;
}

export interface Row {
  name: string;
  baseline: Figure;
  contender: Figure;
  /** Baseline's time by the contender's: above 1 the contender is faster. */
  speedUp: number;
  /** The contender's counters per file; absent where it touches no file or has no counters. */
  perFile?: Counters;
}

export interface Summary {
  files: number;
  bytes: number;
  rounds: number;
  rows: Row[];
  /** Undefined when there was no cold pass. */
  cold?: Row;
  capabilities?: Capabilities;
}

const rowNames: Record<Phase, string> = {
  read: 'read (warm)',
  hash: 'hash',
  write: 'write (new files)',
  verify: 'verify (read + hash)',
  overwrite: 'write (over old ones)',
};

/** `subjects`: the baseline first, then the contender. */
export function summarise(reports: readonly Report[], subjects: readonly [string, string]): Summary {
  const costsOf = (subject: string, mode: Job['mode'], select: (report: Report) => Cost[]): Cost[] =>
    reports
      .filter((report) => report.subject === subject && report.mode === mode)
      .map((report) => total(select(report)));
  const { files, bytes } = reports[0];

  function row(name: string, mode: Job['mode'], select: (report: Report) => Cost[]): Row {
    const [baseline, contender] = subjects.map((subject) => costsOf(subject, mode, select));
    const figures = { baseline: figure(baseline, files), contender: figure(contender, files) };
    const perFile = countersPerFile(contender, files);
    return {
      name,
      ...figures,
      speedUp: figures.baseline.wallMs / figures.contender.wallMs,
      ...(perFile && { perFile }),
    };
  }

  const phase = (name: Phase) => row(rowNames[name], 'warm', (report) => existing([report.costs[name]]));
  const hasCold = reports.some((report) => report.mode === 'cold');
  const capabilities = reports.find((report) => report.capabilities)?.capabilities;
  return {
    files,
    bytes,
    rounds: costsOf(subjects[0], 'warm', () => []).length,
    rows: [
      phase('read'),
      phase('hash'),
      phase('write'),
      phase('verify'),
      phase('overwrite'),
      row('all five', 'warm', (report) => existing(Object.values(report.costs))),
    ],
    ...(hasCold && { cold: row('read (cold)', 'cold', (report) => existing([report.costs.read])) }),
    ...(capabilities && { capabilities }),
  };
}

function existing(costs: (Cost | undefined)[]): Cost[] {
  return costs.filter((cost) => cost !== undefined);
}

function total(costs: Cost[]): Cost {
  const sum: Cost = { wallMs: 0, cpuMs: 0 };
  for (const cost of costs) {
    sum.wallMs += cost.wallMs;
    sum.cpuMs += cost.cpuMs;
    if (cost.counters) sum.counters = sum.counters ? addCounters(sum.counters, cost.counters) : cost.counters;
  }
  return sum;
}

function figure(costs: Cost[], files: number): Figure {
  const walls = costs.map((cost) => cost.wallMs);
  const wallMs = median(walls);
  return {
    wallMs,
    wallMsMin: min(walls),
    wallMsMax: max(walls),
    cpuMs: median(costs.map((cost) => cost.cpuMs)),
    filesPerSecond: (files / wallMs) * 1000,
  };
}

/** The mean over all rounds; a phase that moved no counter at all has none. */
function countersPerFile(costs: Cost[], files: number): Counters | undefined {
  const all = existing(costs).flatMap((cost) => cost.counters ?? []);
  if (all.length === 0) return undefined;
  const sum = all.reduce(addCounters);
  const perFile = { ...sum };
  for (const name of Object.keys(perFile) as (keyof Counters)[]) {
    if (name !== 'maxInFlight') perFile[name] = sum[name] / (files * all.length);
  }
  return perFile;
}
