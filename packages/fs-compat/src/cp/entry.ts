/** One entry of a copy: what it is, and what has to be done with it. */
import { constants, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { globals, ops } from '@ringfs/core/internal';
import { treesAreOurs } from './by-node.js';
import type { CpOptions } from './options.js';

const { S_IFMT, S_IFDIR, S_IFLNK, S_IFREG } = constants;

export interface Entry {
  src: string;
  dest: string;
}

/** `there`: undefined where nothing is. */
export interface Seen {
  stats: Stats;
  there: Stats | undefined;
}

export type Deed = 'nothing' | 'file' | 'link' | 'folder' | 'by Node';

const kindOf = ({ mode }: Stats): number => mode & S_IFMT;
export const isFolder = (stats: Stats): boolean => kindOf(stats) === S_IFDIR;
export const isLink = (stats: Stats): boolean => kindOf(stats) === S_IFLNK;

/** Where the number is no exact one Node is asked, and looks again. */
export const isSame = (a: Stats, b: Stats): boolean => a.ino === b.ino && a.dev === b.dev;

export async function look(path: string, follow: boolean): Promise<Stats> {
  return (ops.statNow(path, follow, false) ?? (await ops.stat(path, follow, false).promise)) as Stats;
}

export async function lookIfThere(path: string, follow: boolean): Promise<Stats | undefined> {
  try {
    return await look(path, follow);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Node looks at both at once; that there is no source is what it finds out first. */
export async function lookAtBoth({ src, dest }: Entry, { dereference }: CpOptions): Promise<Seen> {
  const looks = [look(src, dereference), lookIfThere(dest, dereference)] as const;
  await globals.Promise.allSettled(looks);
  return { stats: await looks[0], there: await looks[1] };
}

export function deedOf({ src, dest }: Entry, { stats, there }: Seen, options: CpOptions): Deed {
  if (there !== undefined && (isSame(stats, there) || isFolder(stats) !== isFolder(there))) return 'by Node';
  switch (kindOf(stats)) {
    case S_IFDIR:
      return isOurFolder(there, options) && !isBelow(dest, src) ? 'folder' : 'by Node';
    case S_IFREG:
      if (there === undefined || options.force) return 'file';
      return options.errorOnExist ? 'by Node' : 'nothing';
    case S_IFLNK:
      // Which link may be put over which is another rule in every version.
      return there === undefined ? 'link' : 'by Node';
    default:
      return 'by Node';
  }
}

function isOurFolder(there: Stats | undefined, options: CpOptions): boolean {
  const { dereference, errorOnExist, filter, force, preserveTimestamps, recursive } = options;
  if (!recursive) return false;
  // Node 20 does not mind a folder that exists, the others do.
  if (there !== undefined && errorOnExist && !force) return false;
  if (treesAreOurs) return true;
  return !preserveTimestamps && (there !== undefined || filter !== undefined || dereference);
}

/** By their names alone; a folder counts as below itself. */
function isBelow(path: string, folder: string): boolean {
  const above = resolve(folder);
  const below = resolve(path);
  return below === above || below.startsWith(above === '/' ? above : `${above}/`);
}
