/**
 * Ops made at once, in the call that asks for them, where they can be had without blocking (the cached lane): no record
 * in a batch, no promise to settle. `undefined` (or false): not to be had at once; queue the op then, with the same
 * arguments, which takes along what the attempt has found out. They throw the error of an op that has failed.
 */

import type { BigIntStats, Stats } from 'node:fs';
import { layout } from '@ringfs/native';
import type { Path } from '../pending.js';
import { runtime } from '../runtime.js';
import { decodeBigIntStats, decodeStats } from '../stats.js';
import { openedPlain } from './descriptor.js';
import { CREATED_MODE, type Wanted } from './read-file.js';

const { Op, Option } = layout;

const TEXT_BITS: Record<Wanted, number> = { buffer: 0, utf8: Option.utf8, latin1: Option.latin1 };

/** @param flags open(2) flags */
export function readFileNow(path: Path, flags: number, wanted: Wanted): Buffer | string | undefined {
  const { submission, drain } = runtime();
  if (
    !submission.isAlone() ||
    !submission.attemptPath(Op.readFile, path, flags, CREATED_MODE, TEXT_BITS[wanted])
  )
    return undefined;
  drain.checkAttempt('open', path);
  return drain.takeAttempted() as Buffer | string;
}

/** @param follow false: of a symbolic link itself (lstat) */
export function statNow(path: Path, follow: boolean, bigint: boolean): Stats | BigIntStats | undefined {
  const { submission, drain } = runtime();
  const options = (follow ? 0 : Option.noFollow) | (bigint ? Option.bigint : 0);
  if (!submission.attemptPath(Op.stat, path, 0, 0, options)) return undefined;
  drain.checkAttempt(follow ? 'stat' : 'lstat', path);
  return bigint ? decodeBigIntStats(drain.results, 0) : decodeStats(drain.results, 0);
}

export function fstatNow(fd: number, bigint: boolean): Stats | BigIntStats | undefined {
  const { submission, drain } = runtime();
  if (!submission.attemptDescriptor(Op.stat, fd, undefined, bigint ? Option.bigint : 0, -1, 0, 0))
    return undefined;
  drain.checkAttempt('fstat', undefined);
  return bigint ? decodeBigIntStats(drain.results, 0) : decodeStats(drain.results, 0);
}

/** True: it may be accessed. @param mode access(2)'s */
export function accessNow(path: Path, mode: number): boolean {
  const { submission, drain } = runtime();
  if (!submission.attemptPath(Op.access, path, mode, 0, 0)) return false;
  drain.checkAttempt('access', path);
  return true;
}

/**
 * The bytes read into `view`.
 * @param position byte position, or -1 for the descriptor's own
 * @param plain it was opened plain (see openHandle)
 */
export function readNow(
  fd: number,
  view: Uint8Array,
  offset: number,
  length: number,
  position: number,
  plain: boolean,
): number | undefined {
  const { submission, drain } = runtime();
  const options = plain ? Option.plainFile : 0;
  if (
    !submission.isAlone() ||
    !submission.attemptDescriptor(Op.read, fd, view, options, position, length, offset)
  )
    return undefined;
  drain.checkAttempt('read', undefined);
  return drain.results.values[0];
}

/** One of Node's inner handles (see openHandle). */
export function openHandleNow<T>(
  path: Path,
  flags: number,
  mode: number,
  make: (inner: object, fd: number, plain: boolean) => T,
): T | undefined {
  const { submission, drain } = runtime();
  if (!submission.attemptPath(Op.open, path, flags, mode, Option.wrap)) return undefined;
  drain.checkAttempt('open', path);
  return make(
    drain.takeAttempted() as object,
    drain.results.values[0] as number,
    openedPlain(drain.results, 0),
  );
}
