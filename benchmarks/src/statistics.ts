// Samples of all rounds in, figures out.
import { max, median, min, quantile } from 'simple-statistics';
import type { Sample } from './rows/protocol';

/** A median, the middle half of the rounds, and how far the outermost were apart. */
export interface Spread {
  median: number;
  low: number;
  high: number;
  min: number;
  max: number;
}

export interface Figures {
  wallUs: Spread;
  cpuUs: Spread;
  switches: Spread;
}

/** One subject against ours, round by round: both of a pair ran within seconds of each other. */
export interface Comparison {
  /** Its wall time by ours; above 1 ours is faster. */
  timesFaster: Spread;
  /** Our CPU time by its; below 1 ours is cheaper. */
  cpuRatio: Spread;
}

export function spread(values: number[]): Spread {
  return {
    median: median(values),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
    min: min(values),
    max: max(values),
  };
}

export function figures(samples: readonly Sample[]): Figures {
  return {
    wallUs: spread(samples.map((sample) => sample.wallUs)),
    cpuUs: spread(samples.map((sample) => sample.cpuUs)),
    switches: spread(samples.map((sample) => sample.switches)),
  };
}

export function compare(ours: readonly Sample[], peer: readonly Sample[]): Comparison {
  return { timesFaster: spread(speedPairs(ours, peer)), cpuRatio: spread(cpuPairs(ours, peer)) };
}

export function speedPairs(ours: readonly Sample[], peer: readonly Sample[]): number[] {
  return pairs(ours, peer, (own, other) => other.wallUs / own.wallUs);
}

export function cpuPairs(ours: readonly Sample[], peer: readonly Sample[]): number[] {
  return pairs(ours, peer, (own, other) => own.cpuUs / other.cpuUs);
}

function pairs(
  ours: readonly Sample[],
  peer: readonly Sample[],
  ratio: (own: Sample, other: Sample) => number,
): number[] {
  return ours.slice(0, peer.length).map((sample, round) => ratio(sample, peer[round]));
}
