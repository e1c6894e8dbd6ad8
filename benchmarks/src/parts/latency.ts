import { max, quantile } from 'simple-statistics';

/** The distribution of many latencies, small enough for a report. */
export interface Latency {
  count: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** `[share of the ops, they took at most so many milliseconds]`, rising. */
  curve: [number, number][];
}

const shares = [
  0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1,
];

export function latencyOf(latenciesMs: number[]): Latency {
  return {
    count: latenciesMs.length,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    maxMs: max(latenciesMs),
    curve: shares.map((share) => [share, quantile(latenciesMs, share)]),
  };
}
