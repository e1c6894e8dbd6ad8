// The course of a run, from the files to the picture.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { keepBusy } from './busy';
import { chart } from './chart';
import { describeMachine } from './machine';
import { measureRow, warmUpRounds } from './measure';
import type { Options } from './options';
import { canDropPageCache } from './page-cache';
import { startProgress } from './progress';
import { losses, type Measured, makeReport, type Report } from './report';
import { renderSvg } from './svg';
import { digits, reportTable } from './table';
import type { Workload } from './workloads/workload';

/** Resolves with the report; whether all rows could be measured is in it. */
export async function runBench(options: Options, signal: AbortSignal): Promise<Report> {
  if (options.cold && !canDropPageCache())
    throw new Error('--cold needs root: only root may drop the page cache');
  const chosen = options.workloads.filter((workload) => options.cold || !workload.cold);
  const skipped = options.workloads.filter((workload) => !chosen.includes(workload)).map(({ row }) => row);
  const machine = describeMachine(options.dir);
  introduce(options, machine, skipped);

  const folder = mkdtempSync(path.join(options.dir, 'ringfs-bench-'));
  const relax = keepBusy(options.busyCpus);
  try {
    const measured = await measureRows(chosen, options, folder, signal);
    const { rounds, busyCpus } = options;
    const report = makeReport(measured, { machine, rounds, busyCpus, ours: oursOf(options), skipped });
    await publish(report, options);
    return report;
  } finally {
    relax();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** ringfs where it takes part, else the first subject. */
function oursOf({ subjects }: Options): string {
  return (subjects.find(({ name }) => name === 'ringfs') ?? subjects[0]).name;
}

function introduce(options: Options, machine: string, skipped: readonly string[]): void {
  console.log(machine);
  console.log(
    `${options.rounds} rounds after ${warmUpRounds} to warm up, subjects interleaved, order alternated`,
  );
  if (options.rounds < 5) console.log('fewer than 5 rounds: good for a look, not for a claim');
  if (options.cold) console.log('cold rows: DROP THE PAGE CACHE of this whole machine before every round');
  else if (skipped.length > 0) console.log(`skipped (use --cold as root): ${skipped.join(', ')}`);
}

async function measureRows(
  workloads: readonly Workload[],
  { subjects, rounds, node }: Options,
  folder: string,
  signal: AbortSignal,
): Promise<Measured[]> {
  const progress = startProgress(workloads.length * (rounds + warmUpRounds) * subjects.length);
  const measured: Measured[] = [];
  try {
    for (const workload of workloads) {
      const row = await measureRow(workload, { subjects, rounds, node, folder, signal, progress });
      progress.line(inBrief(row));
      measured.push(row);
    }
  } finally {
    progress.stop();
  }
  return measured;
}

function inBrief({ row, samples, failure }: Measured): string {
  if (failure !== undefined) return `${row}: FAILED: ${failure}`;
  const best = Object.entries(samples).map(([name, list]) => {
    return `${name} ${digits(Math.min(...list.map(({ wallUs }) => wallUs)))}`;
  });
  return `${row}: fastest round, us/op: ${best.join(', ')}`;
}

async function publish(report: Report, { out, name }: Options): Promise<void> {
  const text = inWords(report);
  console.log(`\n${text}`);
  mkdirSync(out, { recursive: true });
  const file = (extension: string) => path.join(out, `${name}.${extension}`);
  writeFileSync(file('txt'), text);
  writeFileSync(file('json'), `${JSON.stringify(report, null, 2)}\n`);
  if (report.lines.length > 0) writeFileSync(file('svg'), await renderSvg(chart(report)));
  console.log(`results: ${file('{txt,json,svg}')}`);
}

function inWords(report: Report): string {
  const lost = losses(report);
  const served = Object.entries(report.subjects).map(
    ([name, hello]) => `${name}: ${hello.runtime}${hello.served ? `, ${hello.served}` : ''}`,
  );
  return [
    `${report.machine}; ${report.rounds} rounds; ${report.busyCpus} CPUs kept busy; ${report.date}`,
    ...served,
    reportTable(report),
    ...(lost.length > 0 ? ['Where ours loses:', ...lost.map((line) => `  ${line}`)] : []),
    ...report.failures.map(({ row, reason }) => `FAILED ${row}: ${reason}`),
    ...(report.skipped.length > 0 ? [`skipped (use --cold as root): ${report.skipped.join(', ')}`] : []),
    '',
  ].join('\n');
}
