import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findHost, type Host, reportHosts } from './host';
import { filesystemOf } from './machine';
import { selectSubjects } from './subjects';
import type { Subject } from './subjects/subject';
import { selectWorkloads } from './workloads';
import type { Workload } from './workloads/workload';

export const partNames = ['rows', 'busy', 'tmpfs', 'xfs', 'starvation', 'growth', 'start'] as const;
export type Part = (typeof partNames)[number];

export interface Options {
  workloads: Workload[];
  subjects: Subject[];
  rounds: number;
  roundMs: number;
  host: Host;
  /** Where the files under test are made. */
  dir: string;
  busyCpus: number;
  parts: Part[];
  /** The results' folder, and their name without extension. */
  out: string;
  name: string;
  /** As it was asked for, to be repeated. */
  command: string;
}

const results = path.resolve(__dirname, '../results');

export const usage = `Usage: bench [options]

  --report HOST    everything there is to measure, for one host: ${reportHosts.join(', ')}; about 10 minutes.
                   It sets the options below, and those that are given too override it.
  --rows A,B       rows to measure, by name or beginning of a name (default: all)
  --subjects A,B   who takes part (default: node,ringfs); all is everyone
  --host HOST      the Node that runs ringfs: ${reportHosts.join(', ')}, a path, or current (default)
  --redraw FILE    writes tables and pictures anew from a JSON of an earlier run, beside it; measures nothing
  --list           lists the rows and subjects, and ends
  --rounds N       measured rounds (default 7; below 5 the numbers are no claim)
  --round-ms N     how long a subject's round shall take (default 120)
  --busy N         keeps N CPUs busy meanwhile (default 0)
  --parts A,B      what to measure: ${partNames.join(', ')} (default: rows; --report: all)
  --dir DIR        where the files under test are made (default: ${os.tmpdir()}, or /var/tmp where that is in memory)
  --out DIR        where the results go (default: benchmarks/results)
  --name NAME      their name: NAME.json, NAME.md, NAME.txt, NAME-*.svg (default: latest, or report-HOST)
  --help           this text
`;

/** Returns the text to print instead of measuring, where that was asked for; throws on anything it does not know. */
export function parseOptions(args: readonly string[]): Options | 'help' | 'list' | { redraw: string } {
  // Some package managers hand on the `--` that stands before a script's arguments.
  const own = args.filter((arg) => arg !== '--');
  const { values } = parseArgs({
    args: own,
    options: {
      report: { type: 'string' },
      rows: { type: 'string', default: '' },
      redraw: { type: 'string' },
      list: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '7' },
      'round-ms': { type: 'string', default: '120' },
      subjects: { type: 'string' },
      host: { type: 'string' },
      dir: { type: 'string', default: defaultDir() },
      busy: { type: 'string', default: '0' },
      parts: { type: 'string' },
      out: { type: 'string', default: results },
      name: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.list) return 'list';
  if (values.redraw !== undefined) return { redraw: path.resolve(values.redraw) };
  const { report } = values;
  if (report !== undefined && !reportHosts.includes(report))
    throw new Error(`--report: not one of ${reportHosts.join(', ')}: ${report}`);
  return {
    workloads: selectWorkloads(names(values.rows)),
    subjects: selectSubjects(names(values.subjects ?? (report ? 'all' : 'node,ringfs'))),
    rounds: wholeNumber('--rounds', values.rounds, 1),
    roundMs: wholeNumber('--round-ms', values['round-ms'], 1),
    host: findHost(values.host ?? report ?? 'current'),
    dir: path.resolve(values.dir),
    busyCpus: wholeNumber('--busy', values.busy, 0),
    parts: names(values.parts ?? (report ? partNames.join(',') : 'rows')).map(findPart),
    out: path.resolve(values.out),
    name: values.name ?? (report ? `report-${report}` : 'latest'),
    command: ['npm run bench --', ...own].join(' '),
  };
}

/** Memory is no disk: where /tmp is in memory, another place is the default. */
function defaultDir(): string {
  return filesystemOf(os.tmpdir()) === 'tmpfs' ? '/var/tmp' : os.tmpdir();
}

function names(list: string): string[] {
  return list.split(',').filter((name) => name !== '');
}

function findPart(name: string): Part {
  const found = partNames.find((part) => part === name);
  if (found) return found;
  throw new Error(`no part is called ${name}; there are ${partNames.join(', ')}`);
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least)
    throw new Error(`${option}: not a whole number from ${least}: ${text}`);
  return number;
}
