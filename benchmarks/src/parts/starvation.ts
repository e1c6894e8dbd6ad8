// What happens to file calls when everybody else in the process wants the thread pool too.
import { cold, makeFiles, rewritten, small } from '../files';
import { Lines } from '../lines';
import { syncDisk } from '../page-cache';
import type { Progress } from '../progress';
import { digits } from '../report/digits';
import type { Hello } from '../rows/protocol';
import { script, startChild } from '../spawn';
import type { Subject } from '../subjects/subject';
import { type Latency, latencyOf } from './latency';

export const kinds = ['readFile, cached', 'readFile, not cached', 'writeFile', 'stat'] as const;
export type Kind = (typeof kinds)[number];

/** crypto.pbkdf2 calls in flight: Node's pool has four threads. */
export const chains = 8;

export interface StarvationLine {
  subject: string;
  kind: Kind;
  /** With nothing else going on in the process. */
  calm: Latency;
  starved: Latency;
  /** Only of ours. */
  met?: boolean;
}

export interface StarvationSetup {
  subjects: readonly Subject[];
  host: string;
  folder: string;
  /** How long each kind is watched under load; without load it is half. */
  ms: number;
  signal: AbortSignal;
  progress: Progress;
  hellos: Record<string, Hello>;
  skipped: string[];
}

export async function measureStarvation(setup: StarvationSetup): Promise<StarvationLine[]> {
  for (const set of [small, rewritten, cold]) makeFiles(setup.folder, set);
  syncDisk(setup.folder);
  const all: StarvationLine[] = [];
  for (const subject of setup.subjects) {
    try {
      all.push(...(await ofSubject(subject, setup)));
    } catch (error) {
      if (setup.signal.aborted) throw error;
      setup.skipped.push(`starvation of ${subject.name}: ${(error as Error).message}`);
    }
  }
  return all;
}

async function ofSubject(subject: Subject, setup: StarvationSetup): Promise<StarvationLine[]> {
  const { host, folder, signal, ms, progress } = setup;
  const args = [script('parts/starvation-child'), subject.name, folder];
  const child = startChild(subject, { host, folder, script: args, signal });
  const lines = new Lines(subject.name, child, 120_000);
  const ask = async (order: 'calm' | 'starved', kind: Kind, time: number) => {
    child.stdin.write(`${order} ${kinds.indexOf(kind)} ${time}\n`);
    return latencyOf(await lines.next<number[]>());
  };
  try {
    const hello = await lines.next<Hello>();
    setup.hellos[subject.name] ??= hello;
    const result: StarvationLine[] = [];
    for (const kind of kinds) {
      progress.stage(`starvation: ${subject.name}, ${kind}`);
      const calm = await ask('calm', kind, ms / 2);
      const starved = await ask('starved', kind, ms);
      result.push({
        subject: subject.name,
        kind,
        calm,
        starved,
        ...(subject.role === 'ours' && { met: isUnmoved(kind, calm, starved) }),
      });
      const [from, to] = [calm, starved].map(
        ({ p50Ms, p99Ms }) => `p50 ${digits(p50Ms)}, p99 ${digits(p99Ms)}`,
      );
      progress.line(`starvation ${kind}: ${subject.name}: calm ${from}; starved ${to} ms`);
      progress.step();
    }
    return result;
  } finally {
    await lines.stop();
  }
}

/** Beyond 15 ms it would be the scheduler of a machine whose CPUs are all busy. */
function isUnmoved(kind: Kind, calm: Latency, starved: Latency): boolean {
  if (kind === 'readFile, cached') return starved.p99Ms <= Math.max(2 * calm.p99Ms, 0.2);
  return starved.p50Ms <= Math.max(3 * calm.p50Ms, 1) && starved.p99Ms < 15;
}
