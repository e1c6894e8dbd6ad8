/** Ops on paths alone: access, unlink, mkdir, rmdir, rename, link, symlink, copyFile. */

import { Buffer } from 'node:buffer';
import { layout } from '@ringfs/native';
import { textOf } from '../errors.js';
import { copiesOwner } from '../libuv.js';
import type { Decode, Path, Pending } from '../pending.js';
import { runtime } from '../runtime.js';
import { decodeNothing, decodeValue } from './decode.js';

const { Op, Option } = layout;

/** @param mode access(2)'s: F_OK, or R_OK | W_OK | X_OK */
export function access(path: Path, mode: number): Pending<undefined> {
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

export function unlink(path: Path): Pending<undefined> {
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

export function mkdir(path: Path, mode: number): Pending<undefined> {
  const { submission } = runtime();
  return submission.byPath(Op.mkdir, decodeNothing, 'mkdir', path, undefined, undefined, 0, mode, 0, 0);
}

/**
 * mkdir with the missing parents: resolves to the prefix of `path` that was made first, if any was. Where it fails,
 * `walk.hasMade` says whether a folder has been made before.
 */
export function mkdirAll(path: Path, mode: number, walk: { hasMade: boolean }): Pending<string | undefined> {
  const firstMade: Decode<string | undefined> = (results, index) => prefix(path, decodeValue(results, index));
  const op = runtime().submission.byPath(
    Op.mkdir,
    firstMade,
    'mkdir',
    path,
    undefined,
    undefined,
    0,
    mode,
    Option.recursive,
    0,
  );
  op.failedPath = (length) => {
    walk.hasMade = length > 0;
    return prefix(path, length);
  };
  return op;
}

/** The first `length` bytes of a path as text, or undefined if that is none. */
function prefix(path: Path, length: number): string | undefined {
  if (length === 0) return undefined;
  const bytes = typeof path === 'string' ? Buffer.from(path) : path;
  return textOf(bytes.subarray(0, length));
}

export function rename(from: Path, to: Path): Pending<undefined> {
  return runtime().submission.byPath(Op.rename, decodeNothing, 'rename', from, to, undefined, 0, 0, 0, 0);
}

export function rmdir(path: Path): Pending<undefined> {
  const { submission } = runtime();
  return submission.byPath(Op.rmdir, decodeNothing, 'rmdir', path, undefined, undefined, 0, 0, 0, 0);
}

export function link(from: Path, to: Path): Pending<undefined> {
  return runtime().submission.byPath(Op.link, decodeNothing, 'link', from, to, undefined, 0, 0, 0, 0);
}

/** `path` becomes a symbolic link that says `target`. */
export function symlink(target: Path, path: Path): Pending<undefined> {
  const { submission } = runtime();
  return submission.byPath(Op.symlink, decodeNothing, 'symlink', target, path, undefined, 0, 0, 0, 0);
}

const COPY_OPTIONS = copiesOwner ? Option.likeSource : 0;

/** @param mode fs.constants.COPYFILE_... */
export function copyFile(from: Path, to: Path, mode: number): Pending<undefined> {
  return runtime().submission.byPath(
    Op.copyFile,
    decodeNothing,
    'copyfile',
    from,
    to,
    undefined,
    mode,
    0,
    COPY_OPTIONS,
    0,
  );
}
