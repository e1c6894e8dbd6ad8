/** The fields of a statx -> the Stats object that the running Node would have made, built on its own prototype. */

import { type BigIntStats, type Stats, statSync } from 'node:fs';
import { layout } from '@ringfs/native';
import type { Results } from './drain.js';

const { STAT_FIELDS } = layout;

// `new fs.Stats()` warns on Node 22 and later, and BigIntStats is not exported: their prototypes are to be had.
const template = statSync('/');
const bigTemplate = statSync('/', { bigint: true });
/** Up to Node 20 the four dates are own data properties; later they are getters of the prototype. */
const hasOwnDates = Object.hasOwn(template, 'atime');

/**
 * Node 26 keeps the nanoseconds of the four times beyond the second under symbols of its own, in this order, for its
 * Temporal getters. Earlier versions have no symbols here.
 */
const partials = Object.getOwnPropertySymbols(template);

const NS_PER_MS = 1_000_000;
const MS_PER_S = 1000;
const BIG_NS_PER_MS = 1_000_000n;
const BIG_NS_PER_S = 1_000_000_000n;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Builds objects with Stats' prototype and one hidden class; not meant to be seen. */
const PlainStats = function (this: Mutable<Stats>, f: Float64Array, at: number): void {
  this.dev = f[at] as number;
  this.mode = f[at + 1] as number;
  this.nlink = f[at + 2] as number;
  this.uid = f[at + 3] as number;
  this.gid = f[at + 4] as number;
  this.rdev = f[at + 5] as number;
  this.blksize = f[at + 6] as number;
  this.ino = f[at + 7] as number;
  this.size = f[at + 8] as number;
  this.blocks = f[at + 9] as number;
  this.atimeMs = milliseconds(f, at + 10);
  this.mtimeMs = milliseconds(f, at + 12);
  this.ctimeMs = milliseconds(f, at + 14);
  this.birthtimeMs = milliseconds(f, at + 16);
  if (hasOwnDates) addDates(this);
  if (partials.length === 4) addPartials(this, f, at);
} as unknown as new (
  fields: Float64Array,
  at: number,
) => Stats;
PlainStats.prototype = Object.getPrototypeOf(template);

const PlainBigIntStats = function (this: Mutable<BigIntStats>, f: BigInt64Array, at: number): void {
  this.dev = f[at] as bigint;
  this.mode = f[at + 1] as bigint;
  this.nlink = f[at + 2] as bigint;
  this.uid = f[at + 3] as bigint;
  this.gid = f[at + 4] as bigint;
  this.rdev = f[at + 5] as bigint;
  this.blksize = f[at + 6] as bigint;
  this.ino = f[at + 7] as bigint;
  this.size = f[at + 8] as bigint;
  this.blocks = f[at + 9] as bigint;
  const atimeNs = nanoseconds(f, at + 10);
  const mtimeNs = nanoseconds(f, at + 12);
  const ctimeNs = nanoseconds(f, at + 14);
  const birthtimeNs = nanoseconds(f, at + 16);
  this.atimeMs = atimeNs / BIG_NS_PER_MS;
  this.mtimeMs = mtimeNs / BIG_NS_PER_MS;
  this.ctimeMs = ctimeNs / BIG_NS_PER_MS;
  this.birthtimeMs = birthtimeNs / BIG_NS_PER_MS;
  this.atimeNs = atimeNs;
  this.mtimeNs = mtimeNs;
  this.ctimeNs = ctimeNs;
  this.birthtimeNs = birthtimeNs;
  if (hasOwnDates) addDates(this);
} as unknown as new (
  fields: BigInt64Array,
  at: number,
) => BigIntStats;
PlainBigIntStats.prototype = Object.getPrototypeOf(bigTemplate);

function milliseconds(f: Float64Array, at: number): number {
  return (f[at] as number) * MS_PER_S + (f[at + 1] as number) / NS_PER_MS;
}

function nanoseconds(f: BigInt64Array, at: number): bigint {
  return (f[at] as bigint) * BIG_NS_PER_S + (f[at + 1] as bigint);
}

function addDates(stats: Mutable<Stats> | Mutable<BigIntStats>): void {
  stats.atime = dateOf(stats.atimeMs);
  stats.mtime = dateOf(stats.mtimeMs);
  stats.ctime = dateOf(stats.ctimeMs);
  stats.birthtime = dateOf(stats.birthtimeMs);
}

function addPartials(stats: object, f: Float64Array, at: number): void {
  for (let time = 0; time < 4; time += 1) {
    (stats as Record<symbol, number>)[partials[time]] = f[at + 11 + 2 * time];
  }
}

/** Node rounds to the nearest millisecond (its lib/internal/fs/utils.js, dateFromMs). */
function dateOf(ms: number | bigint): Date {
  return new Date(Math.round(Number(ms)));
}

/** Decodes the stat at `index`. */
export function decodeStats(results: Results, index: number): Stats {
  return new PlainStats(results.stats, index * STAT_FIELDS);
}

/** Decodes the stat at `index` into 64-bit integers. */
export function decodeBigIntStats(results: Results, index: number): BigIntStats {
  return new PlainBigIntStats(results.bigStats, index * STAT_FIELDS);
}
