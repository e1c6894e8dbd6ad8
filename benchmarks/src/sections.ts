// The rows, in each setting that was asked for.
import { keepBusy } from './busy';
import { filesystemOf } from './machine';
import type { Options, Part } from './options';
import { type Place, plainPlace, tmpfsPlace, xfsPlace } from './places';
import type { Progress } from './progress';
import { digits } from './report/digits';
import type { Section, SectionId } from './report/model';
import { makeSection } from './report/section';
import { type Measured, measureRow, warmUpRounds } from './rows/measure';
import type { Hello } from './rows/protocol';
import type { Subject } from './subjects/subject';
import { takesPart } from './subjects/subject';
import type { Workload } from './workloads/workload';

export interface Plan {
  id: SectionId;
  subjects: readonly Subject[];
  workloads: readonly Workload[];
  rounds: number;
  busyCpus: number;
  makePlace(): Place;
}

/** Beside the first setting only those take part whom a goal needs, for fewer rounds. */
const fewerRounds = 5;

export function planSections(options: Options, subjects: readonly Subject[]): Plan[] {
  const { dir, rounds, busyCpus, workloads, host, parts } = options;
  const named = (...names: string[]) => subjects.filter(({ name }) => names.includes(name));
  const base = { subjects, workloads, rounds, busyCpus, makePlace: () => plainPlace(dir) };
  const few = { ...base, rounds: Math.min(rounds, fewerRounds) };
  const buffered = workloads.filter(({ direct }) => !direct);
  const hostOnly = named('ringfs', host.bare, 'floor');
  const all: Record<string, Plan> = {
    rows: { ...base, id: 'rows' },
    busy: {
      ...few,
      id: 'busy',
      busyCpus: 1,
      workloads: buffered,
      subjects: named('ringfs', host.bare, 'node26', 'bun', 'node-sync', 'floor'),
    },
    tmpfs: {
      ...few,
      id: 'tmpfs',
      // Its pages have nowhere else to be.
      workloads: buffered.filter(({ cold }) => !cold),
      subjects: hostOnly,
      makePlace: () => tmpfsPlace(dir),
    },
    xfs: { ...few, id: 'xfs', workloads: buffered, subjects: hostOnly, makePlace: () => xfsPlace(dir) },
  };
  return parts.flatMap((part: Part) => all[part] ?? []);
}

/** As the progress counts them. */
export function stepsOf({ workloads, subjects, rounds }: Plan): number {
  const pairs = workloads.flatMap((workload) => subjects.filter((subject) => takesPart(subject, workload)));
  return pairs.length * (1 + warmUpRounds + rounds);
}

export interface Context {
  options: Options;
  ours: string;
  signal: AbortSignal;
  progress: Progress;
  skipped: string[];
  /** Filled as the subjects say who they are. */
  hellos: Record<string, Hello>;
}

export async function measureSection(plan: Plan, context: Context): Promise<Section | undefined> {
  let place: Place;
  try {
    place = plan.makePlace();
  } catch (error) {
    context.skipped.push(`${plan.id}: ${(error as Error).message}`);
    return undefined;
  }
  const relax = keepBusy(plan.busyCpus);
  try {
    const measured = await measureRows(plan, place.folder, context);
    const { id, busyCpus, rounds } = plan;
    const { roundMs } = context.options;
    const setting = { id, filesystem: filesystemOf(place.folder), busyCpus, rounds, roundMs };
    return makeSection(measured, setting, plan.subjects, context.ours);
  } finally {
    relax();
    place.release();
  }
}

async function measureRows(plan: Plan, folder: string, context: Context): Promise<Measured[]> {
  const { options, ours, progress, signal } = context;
  const { subjects, rounds, id } = plan;
  const { host, roundMs } = options;
  const watched = id === 'rows' ? [ours, host.bare] : [];
  const measured: Measured[] = [];
  for (const workload of plan.workloads) {
    if (!subjects.some((subject) => takesPart(subject, workload))) continue;
    const setup = { subjects, rounds, roundMs, host: host.binary, folder, watched, signal, progress };
    const row = await measureRow(workload, setup);
    Object.assign(context.hellos, row.hellos);
    progress.line(`${id} ${inBrief(row)}`);
    measured.push(row);
  }
  return measured;
}

function inBrief({ row, samples, failures }: Measured): string {
  const best = Object.entries(samples).map(
    ([name, list]) => `${name} ${digits(Math.min(...list.map(({ wallUs }) => wallUs)))}`,
  );
  const failed = Object.entries(failures).map(([name, reason]) => `; ${name} FAILED: ${reason}`);
  return `${row}: fastest round, us/op: ${best.join(', ')}${failed.join('')}`;
}
