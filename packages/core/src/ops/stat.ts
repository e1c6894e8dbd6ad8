/** stat, lstat and fstat. */

import type { BigIntStats, Stats } from 'node:fs';
import { layout } from '@ringfs/native';
import type { Path, Pending } from '../pending.js';
import { runtime } from '../runtime.js';
import { decodeBigIntStats, decodeStats } from '../stats.js';

const { Op, Option } = layout;

/** @param follow false: of a symbolic link itself (lstat) */
export function stat(path: Path, follow: boolean, bigint: boolean): Pending<Stats | BigIntStats> {
  return runtime().submission.byPath<Stats | BigIntStats>(
    Op.stat,
    bigint ? decodeBigIntStats : decodeStats,
    follow ? 'stat' : 'lstat',
    path,
    undefined,
    undefined,
    0,
    0,
    (follow ? 0 : Option.noFollow) | (bigint ? Option.bigint : 0),
    0,
  );
}

export function fstat(fd: number, bigint: boolean): Pending<Stats | BigIntStats> {
  return runtime().submission.byDescriptor<Stats | BigIntStats>(
    Op.stat,
    bigint ? decodeBigIntStats : decodeStats,
    'fstat',
    fd,
    undefined,
    0,
    bigint ? Option.bigint : 0,
    -1,
    0,
    0,
  );
}
