/** Ops on a path or a descriptor that move no file content in bulk: open, read, write, close, sync, truncate. */
import { layout } from '@ringfs/native';
import type { Decode, Path } from '../pending.js';
import { runtime } from '../runtime.js';
import type { Handle } from '../submit.js';
import { decodeNothing, decodeValue } from './decode.js';

const { Op, Option } = layout;

/**
 * Resolves to a descriptor that the caller owns, or to what `own` makes of it in the same turn: a worker may be
 * terminated at any time, and a descriptor that nobody owns yet would be lost. `flags` and `mode` are open(2)'s.
 */
export function open(path: Path, flags: number, mode: number): Handle<number>;
export function open<T>(path: Path, flags: number, mode: number, own: (fd: number) => T): Handle<T>;
export function open<T>(
  path: Path,
  flags: number,
  mode: number,
  own?: (fd: number) => T,
): Handle<number | T> {
  const decode: Decode<number | T> =
    own === undefined ? decodeValue : (results, index) => own(decodeValue(results, index));
  return runtime().submission.byPath(Op.open, decode, 'open', path, undefined, undefined, flags, mode, 0, 0);
}

/**
 * Reads up to `length` bytes into `view` at `offset`; resolves to the bytes read.
 * @param position byte position, or -1 for the descriptor's own
 */
export function read(
  fd: number,
  view: Uint8Array,
  offset: number,
  length: number,
  position: number,
): Handle<number> {
  return runtime().submission.byDescriptor(
    Op.read,
    decodeValue,
    'read',
    fd,
    view,
    0,
    0,
    position,
    length,
    offset,
  );
}

/** Writes up to `length` bytes of `view` from `offset` on; resolves to the bytes written. */
export function write(
  fd: number,
  view: Uint8Array,
  offset: number,
  length: number,
  position: number,
): Handle<number> {
  return runtime().submission.byDescriptor(
    Op.write,
    decodeValue,
    'write',
    fd,
    view,
    0,
    0,
    position,
    length,
    offset,
  );
}

/** Gives the descriptor up: it is closed, whatever the outcome says. */
export function close(fd: number): Handle<undefined> {
  return runtime().submission.byDescriptor(Op.close, decodeNothing, 'close', fd, undefined, 0, 0, -1, 0, 0);
}

/** fsync(2), or fdatasync(2) with `dataOnly`. */
export function sync(fd: number, dataOnly: boolean): Handle<undefined> {
  const options = dataOnly ? Option.dataOnly : 0;
  const syscall = dataOnly ? 'fdatasync' : 'fsync';
  return runtime().submission.byDescriptor(
    Op.sync,
    decodeNothing,
    syscall,
    fd,
    undefined,
    0,
    options,
    -1,
    0,
    0,
  );
}

/** ftruncate(2); `length` in bytes. */
export function truncate(fd: number, length: number): Handle<undefined> {
  return runtime().submission.byDescriptor(
    Op.truncate,
    decodeNothing,
    'ftruncate',
    fd,
    undefined,
    0,
    0,
    length,
    0,
    0,
  );
}
