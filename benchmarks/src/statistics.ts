// Samples of all rounds in, figures out.
import { max, median, min } from 'simple-statistics';
import type { Sample } from './protocol';

/** A median and how far the rounds were apart. */
export interface Spread {
  median: number;
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
  return { median: median(values), min: min(values), max: max(values) };
}

export function figures(samples: readonly Sample[]): Figures {
  return {
    wallUs: spread(samples.map((sample) => sample.wallUs)),
    cpuUs: spread(samples.map((sample) => sample.cpuUs)),
    switches: spread(samples.map((sample) => sample.switches)),
  };
}

export function compare(ours: readonly Sample[], peer: readonly Sample[]): Comparison {
  return {
    timesFaster: spread(ours.map((sample, round) => peer[round].wallUs / sample.wallUs)),
    cpuRatio: spread(ours.map((sample, round) => sample.cpuUs / peer[round].cpuUs)),
  };
}
