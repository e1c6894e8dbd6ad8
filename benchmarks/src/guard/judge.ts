// Whether a row got worse since the last recorded run, or only came out differently.
import { median, permutationTest, quantile } from 'simple-statistics';

/** A change below this is nobody's business, however clear it is. */
const leastChange = 0.1;
/** The chance at most that two runs of the same code differ as much. */
const chanceMax = 0.01;
const permutations = 5000;

export interface Change {
  /** Medians of the ratios to bare Node, round by round; above 1 is better than bare Node. */
  recorded: number;
  now: number;
  /** now by recorded. */
  change: number;
  /** By so much it may fall before it counts: what the rounds of both runs vary by, or 10 %. */
  allowed: number;
  /** How likely the rounds of both runs are to differ as much by chance. */
  chance: number;
  verdict: 'worse' | 'better' | 'same';
}

/** Both are ratios of which more is better: each round's own, of a subject and bare Node seconds apart. */
export function judgeChange(recorded: readonly number[], now: readonly number[]): Change {
  const [before, after] = [recorded, now].map((ratios) => ratios.map(Math.log));
  const allowed = Math.max(leastChange, halfOf(recorded), halfOf(now));
  // Permutes the rounds: were they all of one kind, how often would the means be so far apart? Its sample is fixed, so that
  // the same numbers give the same answer.
  const chance = permutationTest(before, after, 'two_side', permutations, repeatable());
  const [medianBefore, medianAfter] = [median([...recorded]), median([...now])];
  const change = medianAfter / medianBefore;
  const clear = chance < chanceMax;
  const worse = clear && change < 1 - allowed;
  const better = clear && change > 1 / (1 - allowed);
  return {
    recorded: medianBefore,
    now: medianAfter,
    change,
    allowed,
    chance,
    verdict: worse ? 'worse' : better ? 'better' : 'same',
  };
}

/** The middle half of the rounds, as a share of their median; never so much that nothing could be worse. */
function halfOf(ratios: readonly number[]): number {
  const list = [...ratios];
  return Math.min(0.5, (quantile(list, 0.75) - quantile(list, 0.25)) / median(list));
}

/** A small generator (mulberry32) with a fixed seed. */
function repeatable(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
