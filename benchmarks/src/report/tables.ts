// The rows of a section as tables.
import { digits, middle, range, yesNo } from './digits';
import type { Report, Section } from './model';
import type { TableData } from './table';

export function titleOf({ id, filesystem, busyCpus }: Section): string {
  const load = busyCpus === 0 ? 'quiet machine' : `${busyCpus} CPU kept busy`;
  return id === 'rows' ? `Rows: ${filesystem}, ${load}` : `The same rows: ${filesystem}, ${load}`;
}

/** Where ours stands, against the fastest peer and against its goal. */
export function verdictTable(section: Section, { ours }: Report): TableData {
  const rows = section.rows.flatMap(({ row, subjects, verdict }) => {
    if (!verdict) return [];
    const { bestPeer, timesFaster, timesSync, shareOfFio, goal, speedMet, cpuRatio, cpuGoal, cpuMet } =
      verdict;
    const other = [
      ...(timesSync ? [`${digits(timesSync.median)}x of sync`] : []),
      ...(shareOfFio ? [`${digits(shareOfFio.median)} of fio`] : []),
    ];
    return [
      [
        row,
        bestPeer,
        goal,
        digits(subjects[ours].wallUs.median),
        digits(subjects[bestPeer].wallUs.median),
        [`${digits(timesFaster.median)}x`, ...other].join(', '),
        middle(timesFaster),
        yesNo(speedMet),
        `${digits(cpuRatio.median)}x`,
        Number.isFinite(cpuGoal) ? (cpuMet ? 'met' : `NOT MET (${cpuGoal}x)`) : '',
      ],
    ];
  });
  return {
    title: `${titleOf(section)}: against the goals`,
    notes: [
      `${ours} against the fastest peer of each row. Microseconds per op, median of ${section.rounds} rounds; ` +
        '"faster by" is the median of the rounds\' ratios, then their middle half.',
    ],
    head: [
      'row',
      'fastest peer',
      'goal',
      `${ours} us`,
      'peer us',
      'faster by',
      'middle half',
      'goal is',
      'CPU by peer',
      'CPU goal is',
    ],
    words: 3,
    rows,
  };
}

/** One figure of every subject, side by side. */
export function overviewTable(section: Section, report: Report, what: 'wallUs' | 'cpuUs'): TableData {
  const names = subjectsOf(section, report);
  const time = what === 'wallUs' ? 'time' : 'CPU time';
  return {
    title: `${titleOf(section)}: ${time} of every subject`,
    notes: [`Median microseconds of ${time} per op; - is a subject that has no such row or failed in it.`],
    head: ['row', ...names],
    words: 1,
    rows: section.rows.map(({ row, subjects, failures }) => [
      row,
      ...names.map((name) => {
        if (failures[name] !== undefined) return 'failed';
        return subjects[name] ? digits(subjects[name][what].median) : '-';
      }),
    ]),
  };
}

/** Limits first, then ours, then the peers. */
export function subjectsOf({ rows }: Section, report: Report): string[] {
  const order = { limit: 0, ours: 1, peer: 2 };
  return Object.keys(report.subjects)
    .filter((name) => rows.some(({ subjects, failures }) => name in subjects || name in failures))
    .sort((a, b) => order[report.subjects[a].role] - order[report.subjects[b].role]);
}

/** Everything about every subject: long, and only for the text file. */
export function detailTable(section: Section, { ours }: Report): TableData {
  const rows = section.rows.flatMap(({ row, subjects }) =>
    Object.entries(subjects).map(([name, { wallUs, cpuUs, comparison }], index) => [
      index === 0 ? row : '',
      name,
      digits(wallUs.median),
      range(wallUs),
      digits(cpuUs.median),
      comparison ? `${digits(comparison.timesFaster.median)}x` : '',
      comparison ? range(comparison.timesFaster) : '',
      comparison ? `${digits(comparison.cpuRatio.median)}x` : '',
    ]),
  );
  return {
    title: `${titleOf(section)}: in detail`,
    notes: [],
    head: [
      'row',
      'subject',
      'us/op',
      'min - max',
      'CPU us/op',
      `${ours} is faster by`,
      'min - max',
      `${ours} CPU`,
    ],
    words: 2,
    rows,
  };
}
