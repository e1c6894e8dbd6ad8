/** Ops that change what is noted about a file: chmod, chown, utimes, of a path or a descriptor. */
import { layout } from '@ringfs/native';
import { setsNanoseconds } from '../libuv.js';
import type { Path, Pending } from '../pending.js';
import { runtime } from '../runtime.js';
import { decodeNothing } from './decode.js';

const { Op, Option } = layout;

export function chmod(path: Path, mode: number): Pending<undefined> {
  const { submission } = runtime();
  return submission.byPath(Op.chmod, decodeNothing, 'chmod', path, undefined, undefined, 0, mode, 0, 0);
}

export function fchmod(fd: number, mode: number): Pending<undefined> {
  const { submission } = runtime();
  return submission.byDescriptor(Op.chmod, decodeNothing, 'fchmod', fd, undefined, 0, 0, -1, 0, 0, mode);
}

/**
 * @param uid -1 leaves the user as it is, `gid` likewise
 * @param follow false: of a symbolic link itself (lchown)
 */
export function chown(path: Path, uid: number, gid: number, follow: boolean): Pending<undefined> {
  return runtime().submission.byPath(
    Op.chown,
    decodeNothing,
    follow ? 'chown' : 'lchown',
    path,
    undefined,
    undefined,
    uid,
    gid,
    follow ? 0 : Option.noFollow,
    0,
  );
}

export function fchown(fd: number, uid: number, gid: number): Pending<undefined> {
  const { submission } = runtime();
  return submission.byDescriptor(Op.chown, decodeNothing, 'fchown', fd, undefined, uid, 0, -1, 0, 0, gid);
}

const EXACT = setsNanoseconds ? Option.nanoseconds : 0;

/**
 * @param atime seconds since the epoch, finite; `mtime` likewise
 * @param follow false: of a symbolic link itself (lutimes)
 */
export function utimes(path: Path, atime: number, mtime: number, follow: boolean): Pending<undefined> {
  return runtime().submission.byPath(
    Op.utimes,
    decodeNothing,
    follow ? 'utime' : 'lutime',
    path,
    undefined,
    undefined,
    0,
    0,
    EXACT | (follow ? 0 : Option.noFollow),
    atime,
    mtime,
  );
}

export function futimes(fd: number, atime: number, mtime: number): Pending<undefined> {
  return runtime().submission.byDescriptor(
    Op.utimes,
    decodeNothing,
    'futime',
    fd,
    undefined,
    0,
    EXACT,
    -1,
    atime,
    mtime,
  );
}
