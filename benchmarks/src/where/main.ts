// Where the CPU time of each row goes: `npm run bench:where -- --rows A,B --host node20`.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { prepareHost } from '../host';
import { describeCommit, describeMachine, warnOfLoad } from '../machine';
import { parseOptions, usage } from '../options';
import { ensureProgram } from '../peers/debian';
import { plainPlace } from '../places';
import { digits } from '../report/digits';
import { asMarkdown, asText, type TableData } from '../report/table';
import { runtimeOf } from '../runtime-of';
import { stoppedBySignals } from '../signals';
import { findSubject } from '../subjects';
import { type Profile, profileRow } from './profile';

async function main(signal: AbortSignal): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (typeof options === 'string' || 'redraw' in options) {
    console.log(usage);
    return 0;
  }
  ensureProgram('perf', 'linux-perf');
  prepareHost(options.host);
  warnOfLoad();
  const { workloads, host, rounds, dir, out, name } = options;
  const profiles: Profile[] = [];
  for (const workload of workloads) {
    const place = plainPlace(dir);
    try {
      const { folder } = place;
      const subject = findSubject('ringfs');
      profiles.push(await profileRow(workload, { subject, host: host.binary, folder, rounds, signal }));
    } finally {
      place.release();
    }
  }
  const machine = `${describeMachine()}; host ${runtimeOf(host.binary)}; commit ${describeCommit()}`;
  const command = options.command.replace('npm run bench', 'npm run bench:where');
  const table = tableOf(profiles, [`${machine}. Made by: ${command}`]);
  console.log(asText(table));
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, `${name}.md`), `${asMarkdown(table)}\n`);
  return 0;
}

function tableOf(profiles: readonly Profile[], notes: string[]): TableData {
  const sum = (place: string) => profiles.reduce((total, { shares }) => total + (shares[place] ?? 0), 0);
  const places = [...new Set(profiles.flatMap(({ shares }) => Object.keys(shares)))].sort(
    (a, b) => sum(b) - sum(a),
  );
  return {
    title: 'Where the CPU time of ringfs goes',
    notes: [
      ...notes,
      'Microseconds of CPU time per op, all threads; time and CPU time are means of the rounds under perf.',
    ],
    head: ['row', 'time', 'CPU', ...places],
    words: 1,
    rows: profiles.map(({ row, wallUs, cpuUs, shares }) => [
      row,
      digits(wallUs),
      digits(cpuUs),
      ...places.map((place) => digits((shares[place] ?? 0) * cpuUs)),
    ]),
  };
}

void stoppedBySignals('bench:where', 1, main);
