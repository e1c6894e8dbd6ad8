// The course of a run, from the files to the pictures.
import os from 'node:os';
import { prepareHost } from './host';
import { describeCommit, describeMachine, warnOfLoad } from './machine';
import type { Options } from './options';
import { measureGrowth } from './parts/growth';
import { measureStart } from './parts/start';
import { measureStarvation } from './parts/starvation';
import { compileFloor } from './peers/compile-floor';
import { plainPlace } from './places';
import { startProgress } from './progress';
import { publish } from './publish';
import type { Report, Section } from './report/model';
import { warmUpRounds } from './rows/measure';
import { runtimeOf } from './runtime-of';
import { type Context, measureSection, planSections, stepsOf } from './sections';
import type { Subject } from './subjects/subject';

/** Resolves with the report; whether all rows could be measured is in it. */
export async function runBench(options: Options, signal: AbortSignal): Promise<Report> {
  const skipped: string[] = [];
  prepareHost(options.host);
  const workloads = withoutCold(options, skipped);
  const subjects = prepareSubjects(options.subjects, skipped);
  const report = await measure({ ...options, workloads }, subjects, skipped, signal);
  await publish(report, options.out);
  return report;
}

/** Cold rows need the compiler: a small program in C takes files out of the page cache. */
function withoutCold({ workloads, parts }: Options, skipped: string[]): Options['workloads'] {
  if (!workloads.some(({ cold }) => cold) && !parts.includes('starvation')) return workloads;
  try {
    compileFloor();
    return workloads;
  } catch (error) {
    skipped.push(`cold rows: ${(error as Error).message}`);
    return workloads.filter(({ cold }) => !cold);
  }
}

function prepareSubjects(subjects: readonly Subject[], skipped: string[]): Subject[] {
  return subjects.filter((subject) => {
    try {
      subject.prepare?.();
      return true;
    } catch (error) {
      skipped.push(`${subject.name}: ${(error as Error).message}`);
      return false;
    }
  });
}

async function measure(
  options: Options,
  subjects: readonly Subject[],
  skipped: string[],
  signal: AbortSignal,
): Promise<Report> {
  const startMs = performance.now();
  const ours = (subjects.find(({ role }) => role === 'ours') ?? subjects[0]).name;
  const machine = describeMachine();
  const [loadBefore] = os.loadavg();
  introduce(options, machine, subjects);
  const plans = planSections(options, subjects);
  const progress = startProgress(plans.reduce((sum, plan) => sum + stepsOf(plan), 100));
  const context: Context = { options, ours, signal, progress, skipped, hellos: {} };
  try {
    const sections: Section[] = [];
    for (const plan of plans) {
      const section = await measureSection(plan, context);
      if (section) sections.push(section);
    }
    const parts = await measureParts(options, subjects, context);
    return {
      format: 'ringfs-benchmark-2',
      name: options.name,
      date: new Date().toISOString(),
      commit: describeCommit(),
      command: options.command,
      machine,
      loadBefore,
      hostName: options.host.name,
      host: runtimeOf(options.host.binary),
      ours,
      subjects: describe(subjects, context.hellos),
      sections,
      ...parts,
      skipped,
      seconds: (performance.now() - startMs) / 1000,
    };
  } finally {
    progress.stop();
  }
}

type Parts = Pick<Report, 'starvation' | 'growth' | 'start'>;

/** What is no row. */
async function measureParts(
  options: Options,
  subjects: readonly Subject[],
  context: Context,
): Promise<Parts> {
  const { parts, dir } = options;
  const wants = (part: Options['parts'][number]) => parts.includes(part);
  const result: Parts = { starvation: [], growth: [], start: [] };
  const ours = subjects.find(({ role }) => role === 'ours');
  const place = plainPlace(dir);
  const setup = {
    ...context,
    host: options.host.binary,
    folder: place.folder,
    subjects: few(options, subjects),
  };
  try {
    if (wants('starvation')) result.starvation = await measureStarvation({ ...setup, ms: 3000 });
    if (wants('growth')) result.growth = await measureGrowth({ ...setup, rounds: 3 });
    if (wants('start') && ours) result.start = await measureStart({ ...setup, ours, processes: 11 });
    return result;
  } finally {
    place.release();
  }
}

/** Ours, the host, the newest Node, and the others. */
function few({ host }: Options, subjects: readonly Subject[]): Subject[] {
  const names = ['ringfs', host.bare, 'node26', 'bun', 'deno'];
  return subjects.filter(({ name }) => names.includes(name));
}

function describe(subjects: readonly Subject[], hellos: Context['hellos']): Report['subjects'] {
  const known = subjects.filter(({ name }) => name in hellos);
  return Object.fromEntries(known.map(({ name, role }) => [name, { ...hellos[name], role }]));
}

function introduce(
  { rounds, name, parts, host }: Options,
  machine: string,
  subjects: readonly Subject[],
): void {
  console.log(
    `${machine}; host ${host.name}; subjects: ${subjects.map((subject) => subject.name).join(', ')}`,
  );
  console.log(
    `${name}: ${parts.join(', ')}; ${rounds} rounds after ${warmUpRounds} to warm up, subjects interleaved in a changing order`,
  );
  warnOfLoad();
  if (rounds < 5) console.log('fewer than 5 rounds: good for a look, not for a claim');
}
