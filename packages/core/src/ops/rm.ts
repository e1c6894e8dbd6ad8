/** rm: a file, or a folder with all that is in it. */
import { layout } from '@ringfs/native';
import type { Path, Pending } from '../pending.js';
import { runtime } from '../runtime.js';
import { decodeNothing } from './decode.js';

const { Op, Option } = layout;

/**
 * Ends at the first failure, with part of the tree gone. A failure of `lstat` comes before anything was removed, and so
 * does EISDIR for a folder that was not to be removed recursively.
 */
export function rm(path: Path, recursive: boolean): Pending<undefined> {
  const options = recursive ? Option.recursive : 0;
  return runtime().submission.byPath(
    Op.rm,
    decodeNothing,
    'rm',
    path,
    undefined,
    undefined,
    0,
    0,
    options,
    0,
  );
}
