/** Ops on paths alone: access, unlink, mkdir, rename. */

import { Buffer } from 'node:buffer';
import { layout } from '@ringfs/native';
import type { Path } from '../pending.js';
import { runtime } from '../runtime.js';
import type { Handle } from '../submit.js';
import { decodeNothing, decodeValue } from './decode.js';

const { Op, Option } = layout;

/** @param mode access(2)'s: F_OK, or R_OK | W_OK | X_OK */
export function access(path: Path, mode: number): Handle<undefined> {
  return runtime().submission.byPath(
    Op.access,
    decodeNothing,
    'access',
    path,
    undefined,
    undefined,
    mode,
    0,
    0,
    0,
  );
}

export function unlink(path: Path): Handle<undefined> {
  return runtime().submission.byPath(
    Op.unlink,
    decodeNothing,
    'unlink',
    path,
    undefined,
    undefined,
    0,
    0,
    0,
    0,
  );
}

/** With `recursive` resolves to the length in bytes of the prefix of `path` that was made first, 0 if none was. */
export function mkdir(path: Path, mode: number, recursive: boolean): Handle<number> {
  const options = recursive ? Option.recursive : 0;
  const { submission } = runtime();
  const op = submission.byPath(
    Op.mkdir,
    decodeValue,
    'mkdir',
    path,
    undefined,
    undefined,
    0,
    mode,
    options,
    0,
  );
  if (recursive) op.pending.failedPath = (length) => (length > 0 ? prefix(path, length) : undefined);
  return op;
}

/** The first `length` bytes of a path. */
export function prefix(path: Path, length: number): Path {
  const bytes = typeof path === 'string' ? Buffer.from(path) : path;
  return typeof path === 'string' ? bytes.subarray(0, length).toString() : bytes.subarray(0, length);
}

export function rename(from: Path, to: Path): Handle<undefined> {
  return runtime().submission.byPath(Op.rename, decodeNothing, 'rename', from, to, undefined, 0, 0, 0, 0);
}
