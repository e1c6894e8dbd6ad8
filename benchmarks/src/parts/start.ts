// What a program pays before its first file call.
import { Lines } from '../lines';
import type { Progress } from '../progress';
import { script, startChild } from '../spawn';
import { type Spread, spread } from '../statistics';
import type { Subject } from '../subjects/subject';

export const ways = ['require', 'import'] as const;
export type Way = (typeof ways)[number];

/** What one fresh process saw. Threads and descriptors are those that came with the import, and with the first op. */
export interface Beginning {
  importMs: number;
  /** Of all threads; tells more than the clock where the machine is busy. */
  importCpuMs: number;
  importThreads: number;
  importDescriptors: number;
  firstOpMs: number;
  firstOpThreads: number;
  firstOpDescriptors: number;
}

export interface StartLine {
  way: Way;
  importMs: Spread;
  importCpuMs: Spread;
  importThreads: Spread;
  importDescriptors: Spread;
  firstOpMs: Spread;
  firstOpThreads: Spread;
  firstOpDescriptors: Spread;
  met: boolean;
}

export interface StartSetup {
  ours: Subject;
  host: string;
  folder: string;
  /** Fresh processes for each way. */
  processes: number;
  signal: AbortSignal;
  progress: Progress;
}

export async function measureStart(setup: StartSetup): Promise<StartLine[]> {
  const seen: Record<Way, Beginning[]> = { require: [], import: [] };
  for (let index = 0; index < setup.processes; index++) {
    for (const way of ways) {
      setup.progress.stage(`start: ${way}`);
      seen[way].push(await beginning(way, setup));
      setup.progress.step();
    }
  }
  return ways.map((way) => lineOf(way, seen[way]));
}

async function beginning(way: Way, { ours, host, folder, signal }: StartSetup): Promise<Beginning> {
  const child = startChild(ours, { host, folder, script: [script('parts/start-child'), way], signal });
  const lines = new Lines(`start by ${way}`, child, 30_000);
  try {
    return await lines.next<Beginning>();
  } finally {
    await lines.stop();
  }
}

function lineOf(way: Way, all: readonly Beginning[]): StartLine {
  const of = (key: keyof Beginning) => spread(all.map((one) => one[key]));
  const [importMs, importThreads, importDescriptors] = [
    of('importMs'),
    of('importThreads'),
    of('importDescriptors'),
  ];
  return {
    way,
    importMs,
    importCpuMs: of('importCpuMs'),
    importThreads,
    importDescriptors,
    firstOpMs: of('firstOpMs'),
    firstOpThreads: of('firstOpThreads'),
    firstOpDescriptors: of('firstOpDescriptors'),
    met: importMs.median < 10 && importThreads.max <= 0 && importDescriptors.max <= 0,
  };
}
