import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findSubject } from './subjects';
import type { Subject } from './subjects/subject';
import { selectWorkloads } from './workloads';
import type { Workload } from './workloads/workload';

export interface Options {
  workloads: Workload[];
  subjects: Subject[];
  rounds: number;
  /** The Node binary that runs the subjects. */
  node: string;
  /** Where the files under test are made. */
  dir: string;
  cold: boolean;
  busyCpus: number;
  /** The results' folder, and their name without extension. */
  out: string;
  name: string;
}

export const usage = `Usage: bench [options]

  --rows A,B       rows to measure, by name or beginning of a name (default: all)
  --list           lists the rows and subjects, and ends
  --rounds N       measured rounds (default 7; below 5 the numbers are no claim)
  --subjects A,B   who takes part (default: node,ringfs)
  --node PATH      the Node binary that runs the subjects (default: the one that runs this)
  --dir DIR        where the files under test are made (default: ${os.tmpdir()})
  --cold           also the rows with an empty page cache (root only: drops the page cache of the whole machine)
  --busy N         keeps N CPUs busy meanwhile (default 0)
  --out DIR        where the results go (default: benchmarks/results)
  --name NAME      their name: NAME.json, NAME.svg, NAME.txt (default: latest)
  --help           this text
`;

/** Returns the text to print instead of measuring, where that was asked for; throws on anything it does not know. */
export function parseOptions(args: readonly string[]): Options | 'help' | 'list' {
  const { values } = parseArgs({
    // Some package managers hand on the `--` that stands before a script's arguments.
    args: args.filter((arg) => arg !== '--'),
    options: {
      rows: { type: 'string', default: '' },
      list: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '7' },
      subjects: { type: 'string', default: 'node,ringfs' },
      node: { type: 'string', default: process.execPath },
      dir: { type: 'string', default: os.tmpdir() },
      cold: { type: 'boolean', default: false },
      busy: { type: 'string', default: '0' },
      out: { type: 'string', default: path.resolve(__dirname, '../results') },
      name: { type: 'string', default: 'latest' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.list) return 'list';
  return {
    workloads: selectWorkloads(names(values.rows)),
    subjects: names(values.subjects).map(findSubject),
    rounds: wholeNumber('--rounds', values.rounds, 1),
    node: values.node,
    dir: path.resolve(values.dir),
    cold: values.cold,
    busyCpus: wholeNumber('--busy', values.busy, 0),
    out: path.resolve(values.out),
    name: values.name,
  };
}

function names(list: string): string[] {
  return list.split(',').filter((name) => name !== '');
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least)
    throw new Error(`${option}: not a whole number from ${least}: ${text}`);
  return number;
}
