/** readFile: the whole content of a path, or of an open descriptor from its own position on. */
import { layout } from '@ringfs/native';
import type { Path, Pending } from '../pending.js';
import { runtime } from '../runtime.js';
import { decodeObject } from './decode.js';

const { Op, Option } = layout;

/** How the bytes come back; text only for files small enough to be decoded in one go, else a Buffer comes all the same. */
export type Wanted = 'buffer' | 'utf8' | 'latin1';

export const BITS: Record<Wanted, number> = { buffer: 0, utf8: Option.utf8, latin1: Option.latin1 };

/** Of a file that `flags` make: what Node's readFile asks for, less the umask. */
export const CREATED_MODE = 0o666;

/** @param flags open(2) flags */
export function readFile(path: Path, flags: number, wanted: Wanted): Pending<Buffer | string> {
  return runtime().submission.byPath(
    Op.readFile,
    decodeObject<Buffer | string>,
    'open',
    path,
    undefined,
    undefined,
    flags,
    CREATED_MODE,
    BITS[wanted],
    0,
  );
}

/**
 * Reads from the descriptor's own position on.
 * @param flags O_NONBLOCK: what a descriptor with it has to give is all that is asked for, and EAGAIN behind it no error
 */
export function readDescriptor(fd: number, wanted: Wanted, flags = 0): Pending<Buffer | string> {
  return runtime().submission.byDescriptor(
    Op.readFile,
    decodeObject<Buffer | string>,
    'read',
    fd,
    undefined,
    flags,
    BITS[wanted],
    -1,
    0,
    0,
  );
}
