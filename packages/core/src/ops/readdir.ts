/** readdir: the names in a folder, or in the tree below it. */
import { layout } from '@ringfs/native';
import { Found } from '../found.js';
import type { Path, Pending } from '../pending.js';
import { runtime } from '../runtime.js';
import { decodeObject } from './decode.js';

const { Op, Option, Readdir } = layout;

export interface ReaddirBits {
  /** How names come back. */
  wanted: 'buffer' | 'utf8' | 'latin1';
  /** What each name stands for, too. */
  kinds: boolean;
  /** Sorted by bytes, as libuv's scandir sorts; false: in the filesystem's own order. */
  sorted: boolean;
  /**
   * The tree below, too. `first`: folders are read in the order they are found, `last`: the one found last goes first.
   * Without kinds names are paths below the root.
   */
  tree?: { order: 'first' | 'last'; throughLinks: boolean; textOnly: boolean };
}

const ENCODINGS = { buffer: 0, utf8: Option.utf8, latin1: Option.latin1 };

export function readdir(path: Path, bits: ReaddirBits): Pending<Found> {
  const { wanted, kinds, sorted, tree } = bits;
  let flags = (kinds ? Readdir.types : 0) | (sorted ? 0 : Readdir.asFound);
  let options = ENCODINGS[wanted];
  if (tree !== undefined) {
    options |= Option.recursive;
    if (tree.order === 'last') flags |= Readdir.lastFirst;
    if (tree.throughLinks) flags |= Readdir.throughLinks;
    if (tree.textOnly) flags |= Readdir.textOnly;
  }
  return runtime().submission.byPath(
    Op.readdir,
    decodeObject<Found>,
    'scandir',
    path,
    undefined,
    new Found(),
    flags,
    0,
    options,
    0,
  );
}
