// Measures this tree against bare Node, as the recorded run did, and says which rows got worse.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findHost, prepareHost } from '../host';
import { describeMachine, warnOfLoad } from '../machine';
import { type Options, parseOptions } from '../options';
import { compileFloor } from '../peers/compile-floor';
import { startProgress } from '../progress';
import type { Report, Section } from '../report/model';
import { hostPeer } from '../report/part-tables';
import { asText } from '../report/table';
import { type Context, measureSection, planSections, stepsOf } from '../sections';
import { findSubject } from '../subjects';
import { findWorkload } from '../workloads';
import { changeTable, compareSections, isWorse, type RowChange } from './compare';
import { findRecord } from './record';

export const usage = `Usage: bench:guard [options]

  --against FILE   the recorded run (default: the latest benchmarks/results/report-*.json)
  --rows A,B       rows to compare, by name or beginning of a name (default: all that were recorded)
  --rounds N       measured rounds (default 7)
  --round-ms N     how long a subject's round shall take (default 120)
  --dir DIR        where the files under test are made
  --help           this text

Ends with 1 where a row got worse, with 2 where nothing could be compared.
`;

/** Resolves with the exit code. */
export async function runGuard(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      against: { type: 'string' },
      rows: { type: 'string' },
      rounds: { type: 'string' },
      'round-ms': { type: 'string' },
      dir: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { help, against, ...rest } = values;
  const record = findRecord(against && path.resolve(against));
  const given = Object.entries(rest).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const options = parseOptions([...given, '--host', record.hostName]);
  if (typeof options === 'string' || 'redraw' in options) return 2;
  return await guard(record, options, signal);
}

async function guard(record: Report, options: Options, signal: AbortSignal): Promise<number> {
  const [recorded, bare] = [record.sections.find(({ id }) => id === 'rows'), hostPeer(record)];
  if (!recorded || bare === undefined)
    throw new Error('the recorded run has no rows, or no bare Node in them');
  introduce(record);
  prepareHost(findHost(record.hostName));
  compileFloor();

  const then = { section: recorded, ours: record.ours, bare };
  const known = recorded.rows.map(({ row }) => row);
  const workloads = options.workloads.filter(({ row }) => known.includes(row));
  const first = await measure({ ...options, workloads }, signal);
  const changes = compareSections(then, { section: first, ours: 'ringfs', bare: options.host.bare });
  const suspects = changes.filter(isWorse).map(({ row }) => row);
  const confirmed = suspects.length === 0 ? [] : await again(suspects, options, then, signal);

  console.log(`\n${asText(changeTable(changes, record.host))}`);
  if (confirmed.length > 0) console.log(`\nmeasured again:\n${asText(changeTable(confirmed, record.host))}`);
  return conclude(changes, confirmed.filter(isWorse));
}

/** New processes, for the rows that looked worse: memory lies elsewhere, and whoever disturbed is gone. */
async function again(
  rows: readonly string[],
  options: Options,
  then: Parameters<typeof compareSections>[0],
  signal: AbortSignal,
): Promise<RowChange[]> {
  console.log(`looked worse, measured again: ${rows.join(', ')}`);
  const section = await measure({ ...options, workloads: rows.map(findWorkload) }, signal);
  return compareSections(then, { section, ours: 'ringfs', bare: options.host.bare });
}

async function measure(options: Options, signal: AbortSignal): Promise<Section> {
  const subjects = ['ringfs', options.host.bare].map(findSubject);
  const [plan] = planSections(options, subjects);
  const progress = startProgress(stepsOf(plan));
  const context: Context = { options, ours: 'ringfs', signal, progress, skipped: [], hellos: {} };
  try {
    const section = await measureSection(plan, context);
    if (!section) throw new Error(context.skipped.join('; '));
    return section;
  } finally {
    progress.stop();
  }
}

function introduce({ name, date, commit, host, machine }: Report): void {
  console.log(`recorded: ${name}, ${date}, commit ${commit}, ${host}, ${machine}`);
  warnOfLoad();
  const here = describeMachine();
  if (here !== machine) console.log(`another machine than this one (${here}): its ratios are only a hint`);
}

function conclude(changes: readonly RowChange[], worse: readonly RowChange[]): number {
  if (changes.length === 0) {
    console.log('nothing to compare: no row could be measured that was recorded');
    return 2;
  }
  for (const { row, speed, cpu } of worse) {
    const what = [speed.verdict === 'worse' && 'speed', cpu.verdict === 'worse' && 'CPU time'].filter(
      Boolean,
    );
    console.log(`WORSE: ${row}: ${what.join(' and ')}`);
  }
  if (worse.length === 0) console.log('no row got worse');
  return worse.length === 0 ? 0 : 1;
}
