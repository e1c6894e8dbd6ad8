// Whether an op costs the same however many are in flight, and what each of them holds.
import { spawnSync } from 'node:child_process';
import { makeFiles, small } from '../files';
import { Lines } from '../lines';
import type { Progress } from '../progress';
import { digits } from '../report/digits';
import type { Hello } from '../rows/protocol';
import { script, startChild } from '../spawn';
import { type Spread, spread } from '../statistics';
import type { Subject } from '../subjects/subject';

/** Calls of readFile (4 KiB, cached) that start in one tick. */
export const inFlight = [1, 8, 64, 512, 4096, 32_768, 100_000];

/** So many descriptors ours has to get by with. Peers get as many as the machine allows, up to twice the most calls. */
export const fewDescriptors = 1024;
const manyDescriptors = 200_000;

export interface GrowthLine {
  subject: string;
  inFlight: number;
  /** The limit of the process. */
  descriptors: number;
  wallUs?: Spread;
  cpuUs?: Spread;
  /** What the resident memory rose by at its peak, for each op in flight. Meaningless for a few. */
  bytesPerOp?: Spread;
  failure?: string;
}

export interface Burst {
  wallUs: number;
  cpuUs: number;
  bytesPerOp: number;
}

export interface GrowthSetup {
  subjects: readonly Subject[];
  host: string;
  folder: string;
  rounds: number;
  signal: AbortSignal;
  progress: Progress;
  hellos: Record<string, Hello>;
}

export async function measureGrowth(setup: GrowthSetup): Promise<GrowthLine[]> {
  makeFiles(setup.folder, small);
  const all: GrowthLine[] = [];
  const many = hardLimit();
  for (const count of inFlight) {
    for (const subject of setup.subjects) {
      setup.progress.stage(`growth: ${subject.name}, ${count} in flight`);
      const limit = subject.role === 'ours' ? fewDescriptors : many;
      const line = await ofSubject(subject, count, limit, setup);
      const cost = line.wallUs ? `${digits(line.wallUs.median)} us/op` : line.failure;
      setup.progress.line(`growth ${count} in flight: ${subject.name}: ${cost}`);
      all.push(line);
      setup.progress.step();
    }
  }
  return all;
}

/** As many descriptors as this process may give to another. */
function hardLimit(): number {
  const { stdout } = spawnSync('prlimit', ['--nofile', '--output=HARD', '--noheadings', '--raw'], {
    encoding: 'utf8',
  });
  const limit = Number(stdout);
  return Number.isInteger(limit) ? Math.min(limit, manyDescriptors) : manyDescriptors;
}

async function ofSubject(
  subject: Subject,
  count: number,
  descriptors: number,
  { host, folder, signal, rounds, hellos }: GrowthSetup,
): Promise<GrowthLine> {
  const args = [script('parts/growth-child'), subject.name, folder];
  const child = startChild(subject, { host, folder, script: args, signal, descriptors });
  const lines = new Lines(subject.name, child, 120_000);
  const line = { subject: subject.name, inFlight: count, descriptors };
  try {
    const hello = await lines.next<Hello>();
    hellos[subject.name] ??= hello;
    const bursts: Burst[] = [];
    // One to warm up; a burst that takes seconds has said enough when it was measured once.
    for (let round = 0; round <= rounds; round++) {
      child.stdin.write(`burst ${count}\n`);
      const burst = await lines.next<Burst>();
      const seconds = (burst.wallUs * count) / 1e6;
      if (round > 0 || seconds > 1) bursts.push(burst);
      if (seconds > 1) break;
    }
    const of = (key: keyof Burst) => spread(bursts.map((burst) => burst[key]));
    return { ...line, wallUs: of('wallUs'), cpuUs: of('cpuUs'), bytesPerOp: of('bytesPerOp') };
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...line, failure: (error as Error).message.replace(`${subject.name}: `, '') };
  } finally {
    await lines.stop();
  }
}
