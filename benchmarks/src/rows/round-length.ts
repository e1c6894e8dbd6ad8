import type { Workload } from '../workloads/workload';

/** The first round of all is only to learn how fast a subject is. */
export function firstOps(workload: Workload): number {
  return fit(workload, workload.ops / 20);
}

/** So many ops that a round takes `roundMs`: a slow subject does fewer, and none waits minutes for another. */
export function calibratedOps(workload: Workload, wallUs: number, roundMs: number): number {
  return fit(workload, (roundMs * 1000) / wallUs);
}

function fit({ ops, concurrency, atOnce, cold }: Workload, wanted: number): number {
  // Every cold file can be read only once a round, and all subjects shall read the same ones.
  if (cold) return ops;
  const least = atOnce ? concurrency : Math.max(3, concurrency * 4);
  const count = Math.min(ops, Math.max(least, Math.round(wanted)));
  return atOnce ? count - (count % concurrency) : count;
}
