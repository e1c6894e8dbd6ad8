/** Ops whose result is a name: readlink, realpath, mkdtemp. */

import { Buffer } from 'node:buffer';
import { layout } from '@ringfs/native';
import type { Path, Pending } from '../pending.js';
import { runtime } from '../runtime.js';
import { decodeObject } from './decode.js';
import { BITS, type Wanted } from './read-file.js';

const { Op } = layout;

function named(op: number, syscall: string, path: Path, wanted: Wanted): Pending<Buffer | string> {
  return runtime().submission.byPath(
    op,
    decodeObject<Buffer | string>,
    syscall,
    path,
    undefined,
    undefined,
    0,
    0,
    BITS[wanted],
    0,
  );
}

/** What a symbolic link says. */
export function readlink(path: Path, wanted: Wanted): Pending<Buffer | string> {
  return named(Op.readlink, 'readlink', path, wanted);
}

/** realpath(3). */
export function realpath(path: Path, wanted: Wanted): Pending<Buffer | string> {
  return named(Op.realpath, 'realpath', path, wanted);
}

/** Makes a folder of a new name that begins with `prefix`, and resolves to that name. */
export function mkdtemp(prefix: Path, wanted: Wanted): Pending<Buffer | string> {
  const template = typeof prefix === 'string' ? `${prefix}XXXXXX` : Buffer.concat([prefix, SIX]);
  const op = named(Op.mkdtemp, 'mkdtemp', template, wanted);
  // The name that was tried.
  op.failedPath = (_value, object) => (typeof object === 'string' ? object : undefined);
  return op;
}

const SIX = Buffer.from('XXXXXX');
