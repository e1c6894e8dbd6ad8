// What ringfs says about itself. Loaded only in the worker that runs ringfs.
import type * as Core from '@ringfs/core';

export type Capabilities = Pick<
  ReturnType<typeof Core.capabilities>,
  'backend' | 'reason' | 'kernel' | 'lanes'
>;

const summed = [
  'enters',
  'sqes',
  'cqes',
  'batches',
  'cachedHits',
  'cachedMisses',
  'blockingOps',
  'notifications',
] as const;

/** Counters that only grow, plus the highest number of ops in flight so far. */
export type Counters = Record<(typeof summed)[number] | 'maxInFlight', number>;

export interface Lanes {
  capabilities(): Capabilities;
  counters(): Counters;
}

export function loadLanes(subject: string): Lanes | undefined {
  if (subject !== 'ringfs') return undefined;
  const core: typeof Core = require('@ringfs/core');
  return {
    capabilities: () => {
      const { backend, reason, kernel, lanes } = core.capabilities();
      return { backend, reason, kernel, lanes };
    },
    counters: () => pick(core.metrics()),
  };
}

function pick(metrics: Counters): Counters {
  const counters = { maxInFlight: metrics.maxInFlight } as Counters;
  for (const name of summed) counters[name] = metrics[name];
  return counters;
}

/** `later` minus `earlier`; the high-water mark is the later one. */
export function growth(earlier: Counters, later: Counters): Counters {
  const grown = { maxInFlight: later.maxInFlight } as Counters;
  for (const name of summed) grown[name] = later[name] - earlier[name];
  return grown;
}

export function addCounters(left: Counters, right: Counters): Counters {
  const sum = { maxInFlight: Math.max(left.maxInFlight, right.maxInFlight) } as Counters;
  for (const name of summed) sum[name] = left[name] + right[name];
  return sum;
}
