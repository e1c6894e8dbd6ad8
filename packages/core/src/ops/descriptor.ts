/** Ops on a path or a descriptor that move no file content in bulk: open, read, write, close, sync, truncate. */
import { layout } from '@ringfs/native';
import type { Results } from '../drain.js';
import type { Decode, Path, Pending } from '../pending.js';
import { runtime } from '../runtime.js';
import { decodeNothing, decodeValue } from './decode.js';

const { Op, Option } = layout;

/** Resolves to a descriptor that the caller owns. `flags` and `mode` are open(2)'s. */
export function open(path: Path, flags: number, mode: number): Pending<number> {
  return runtime().submission.byPath(
    Op.open,
    decodeValue,
    'open',
    path,
    undefined,
    undefined,
    flags,
    mode,
    0,
    0,
  );
}

/**
 * The same, but the descriptor comes inside one of Node's inner handles (see setHandleClass in @ringfs/native), which
 * owns it from the start: a worker may be terminated before its JavaScript hears of the result.
 */
export function openHandle<T>(
  path: Path,
  flags: number,
  mode: number,
  make: (inner: object, fd: number, plain: boolean) => T,
): Pending<T> {
  const decode: Decode<T> = (results, index, pending) =>
    make(results.objects[pending.id] as object, decodeValue(results, index), openedPlain(results, index));
  const { submission } = runtime();
  return submission.byPath(Op.open, decode, 'open', path, undefined, undefined, flags, mode, Option.wrap, 0);
}

/** Whether the file that was opened is what Option.plainFile says. */
export function openedPlain(results: Results, index: number): boolean {
  return ((results.words[index * layout.RESULT_WORDS + 3] as number) & layout.OPENED_PLAIN) !== 0;
}

/**
 * Closes the descriptor of one of Node's inner handles; `release` is the method that takes it out.
 * @param plain it was opened plain (see openHandle), and for reading only
 */
export function closeHandle(
  fd: number,
  plain: boolean,
  inner: object,
  release: () => void,
): Pending<undefined> {
  return runtime().submission.closeHandle(fd, plain ? Option.plainFile : 0, inner, release);
}

/**
 * Reads up to `length` bytes into `view` at `offset`; resolves to the bytes read.
 * @param position byte position, or -1 for the descriptor's own
 * @param plain it was opened plain (see openHandle)
 */
export function read(
  fd: number,
  view: Uint8Array,
  offset: number,
  length: number,
  position: number,
  plain = false,
): Pending<number> {
  return runtime().submission.byDescriptor(
    Op.read,
    decodeValue,
    'read',
    fd,
    view,
    0,
    plain ? Option.plainFile : 0,
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
): Pending<number> {
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
export function close(fd: number): Pending<undefined> {
  return runtime().submission.byDescriptor(Op.close, decodeNothing, 'close', fd, undefined, 0, 0, -1, 0, 0);
}

/** fsync(2), or fdatasync(2) with `dataOnly`. */
export function sync(fd: number, dataOnly: boolean): Pending<undefined> {
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
export function truncate(fd: number, length: number): Pending<undefined> {
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

/** open(2) with O_RDWR, ftruncate(2) and close(2); `length` in bytes. */
export function truncatePath(path: Path, length: number): Pending<undefined> {
  const { submission } = runtime();
  return submission.byPath(Op.truncate, decodeNothing, 'open', path, undefined, undefined, 0, 0, 0, length);
}
