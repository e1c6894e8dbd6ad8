/** An outcome of the engine -> the error Node would have made. */

import { Buffer } from 'node:buffer';
import { getSystemErrorMap } from 'node:util';
import { layout } from '@ringfs/native';
import type { Path } from './pending.js';
import { tableOf } from './table.js';

const { CALLS, Special } = layout;

export interface SystemError extends Error {
  errno: number;
  code: string;
  syscall: string;
  path?: string;
  dest?: string;
}

/** By negative errno. */
const texts = tableOf<[string, string]>(Object.fromEntries(getSystemErrorMap()));

const { apply } = Reflect;
/** In every Node that we run on; the types are of an older standard. */
const { toWellFormed } = String.prototype as unknown as { toWellFormed(): string };

/**
 * `CODE: text, syscall 'path' -> 'dest'`, with the own properties that libuv's errors have in Node, in their order.
 * @param errno positive errno
 */
export function systemError(errno: number, syscall: string, pathGiven?: Path, destGiven?: Path): SystemError {
  const path = pathGiven === undefined ? undefined : textOf(pathGiven);
  const dest = destGiven === undefined ? undefined : textOf(destGiven);
  const known = texts[-errno];
  const code = known === undefined ? 'UNKNOWN' : known[0];
  const text = known === undefined ? 'unknown error' : known[1];
  let message = `${code}: ${text}, ${syscall}`;
  if (path !== undefined) message += ` '${path}'`;
  if (dest !== undefined) message += ` -> '${dest}'`;
  const error = new Error(message) as SystemError;
  error.errno = known === undefined ? -4094 : -errno;
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) error.dest = dest;
  return error;
}

/** The name in an outcome's `call` field; what failed before any call is told as `fallback`. */
export function callName(call: number, fallback: string): string {
  return CALLS[call] || fallback;
}

/** What is not an errno: the special outcomes of the engine. Undefined for an errno. */
export function specialError(error: number, value: number): Error | undefined {
  switch (error) {
    case Special.tooLarge:
      return Object.assign(new RangeError(`File size (${value}) is greater than 2 GiB`), {
        code: 'ERR_FS_FILE_TOO_LARGE',
      });
    case Special.detached:
      return new TypeError('Cannot perform Construct on a detached ArrayBuffer');
    case Special.badRecord:
      return Object.assign(new Error('ringfs: the engine refused a record'), {
        code: 'ERR_RINGFS_BAD_RECORD',
      });
    default:
      return undefined;
  }
}

/** A path as errors show it: as it went to the kernel, in which half a surrogate pair is U+FFFD. */
export function textOf(path: Path): string {
  return typeof path === 'string'
    ? apply(toWellFormed, path, [])
    : Buffer.from(path.buffer, path.byteOffset, path.byteLength).toString();
}
