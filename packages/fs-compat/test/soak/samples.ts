// What the process holds, over time, and whether that is flat.
import { stateNow } from '../acceptance-support/process-state';

const MIB = 1 << 20;

export interface Sample {
  seconds: number;
  rss: number;
  heapUsed: number;
  external: number;
  descriptors: number;
  threads: number;
  ops: number;
}

/** Workers of the kernel's own, which it starts and ends as it likes, stand among our threads. */
export const ofTheKernel = (thread: string): boolean => thread.startsWith('iou-wrk-');

export function sampleNow(seconds: number, ops: number): Sample {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { threads, descriptors } = stateNow();
  const own = threads.filter((name) => !ofTheKernel(name));
  return { seconds, rss, heapUsed, external, descriptors: descriptors.length, threads: own.length, ops };
}

/** Least squares: the growth of y for each of x. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const along = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return along === 0 ? 0 : points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / along;
}

export interface Growth {
  mib: { rss: number; external: number; heapUsed: number };
  /** In the same time. */
  ops: number;
}

/** By the line of least squares through the second half: in the first a process grows to its size. */
export function growth(samples: readonly Sample[]): Growth {
  const half = samples.slice(samples.length >> 1);
  const [first, last] = [half[0], half[half.length - 1]];
  const seconds = last.seconds - first.seconds;
  const of = (kind: 'rss' | 'external' | 'heapUsed'): number =>
    (slope(half.map((sample) => [sample.seconds, sample[kind]])) * seconds) / MIB;
  return {
    mib: { rss: of('rss'), external: of('external'), heapUsed: of('heapUsed') },
    ops: last.ops - first.ops,
  };
}

/**
 * What the line may rise in the second half. Collections move the memory of a process that does nothing but this by tens of
 * MiB, with Node's own functions as with ours, and so a line through a few minutes of it. In half an hour of a million ops or more it is 34 bytes
 * for each: about the smallest block that malloc gives. So what every op leaves behind is seen.
 */
export const MOST_GROWTH_MIB = 32;

/** In less, a process is still growing to its size. */
export const SHORTEST_SECONDS = 300;

/** What is not flat. */
export function notFlat(samples: readonly Sample[]): string[] {
  if (samples.length < 2 || samples[samples.length - 1].seconds < SHORTEST_SECONDS) return [];
  const { mib } = growth(samples);
  return Object.entries(mib)
    .filter(([, risen]) => risen > MOST_GROWTH_MIB)
    .map(([kind, risen]) => `${kind} rose by ${risen.toFixed(1)} MiB in the second half`);
}
