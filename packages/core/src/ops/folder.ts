/** A folder that is kept open, and its names some at a time. The engine keeps the descriptor; here it is a number. */
import { layout } from '@ringfs/native';
import { systemError } from '../errors.js';
import { Found } from '../found.js';
import type { Path, Pending } from '../pending.js';
import { runtime } from '../runtime.js';
import { decodeNothing, decodeObject, decodeValue } from './decode.js';
import { BITS, type Wanted } from './read-file.js';

const { Op, Option } = layout;

/** Resolves to the number of an open folder, which is to be closed with closeFolder or closeFolderNow. */
export function opendir(path: Path): Pending<number> {
  const { submission } = runtime();
  return submission.byPath(Op.opendir, decodeValue, 'opendir', path, undefined, undefined, 0, 0, 0, 0);
}

/** At least the next `count` names, with kinds, in the filesystem's own order; fewer only at the end of the folder. */
export function readFolder(folder: number, count: number, wanted: Wanted): Pending<Found> {
  const options = BITS[wanted] | Option.folder;
  return runtime().submission.byDescriptor(
    Op.readFolder,
    decodeObject<Found>,
    'readdir',
    folder,
    new Found(),
    0,
    options,
    -1,
    count,
    0,
  );
}

/** The number is given up at once; what is still read is read to its end. */
export function closeFolder(folder: number): Pending<undefined> {
  return runtime().submission.byDescriptor(
    Op.close,
    decodeNothing,
    'close',
    folder,
    undefined,
    0,
    Option.folder,
    -1,
    0,
    0,
  );
}

/** The same in this call, whatever it waits for: for synchronous functions. */
export function readFolderNow(folder: number, count: number, wanted: Wanted): Found {
  const found = new Found();
  const errno = runtime().native.readFolder(folder, count, BITS[wanted], found);
  if (errno !== 0) throw systemError(errno, 'readdir');
  return found;
}

export function closeFolderNow(folder: number): void {
  runtime().native.closeFolder(folder);
}
