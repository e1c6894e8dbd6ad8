/** writeFile: `data` as the whole content of a path, or at an open descriptor's own position. */
import { layout } from '@ringfs/native';
import type { Path, Pending } from '../pending.js';
import { runtime } from '../runtime.js';
import { decodeNothing } from './decode.js';

const { Op, Option } = layout;

export interface WriteFileBits {
  /** fsync(2) before close. */
  flush: boolean;
  /** Cut a longer file to the new length instead of opening with O_TRUNC: see docs/write-order.md. */
  cutFirst: boolean;
}

/** @param flags open(2) flags, without O_TRUNC if `cutFirst` */
export function writeFile(
  path: Path,
  data: Uint8Array,
  flags: number,
  mode: number,
  bits: WriteFileBits,
): Pending<undefined> {
  const options = (bits.flush ? Option.flush : 0) | (bits.cutFirst ? Option.cutFirst : 0);
  return runtime().submission.byPath(
    Op.writeFile,
    decodeNothing,
    'open',
    path,
    undefined,
    data,
    flags,
    mode,
    options,
    data.byteLength,
  );
}

/** Writes all of `data` at the descriptor's own position. */
export function writeDescriptor(fd: number, data: Uint8Array): Pending<undefined> {
  return runtime().submission.byDescriptor(
    Op.writeFile,
    decodeNothing,
    'write',
    fd,
    data,
    0,
    0,
    -1,
    data.byteLength,
    0,
  );
}
