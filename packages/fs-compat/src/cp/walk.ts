/**
 * The walk through a tree. What can be seen happens in Node's order: entry by entry, in the folder's own order, each
 * folder as a whole when its turn comes. Looking happens ahead.
 */
import { join } from 'node:path';
import { globals, ops } from '@ringfs/core/internal';
import { opendir } from '../opendir.js';
import { copyByNode, copyFromRoot, treesAreOurs } from './by-node.js';
import { copyContent, copyLink, finishFile, setMode } from './copy.js';
import {
  type Deed,
  deedOf,
  type Entry,
  isFolder,
  isLink,
  isSame,
  look,
  lookAtBoth,
  type Seen,
} from './entry.js';
import type { CpOptions } from './options.js';
import { copyTogether, type New } from './together.js';

/** So many entries are looked at ahead, and copied side by side. */
const AT_ONCE = 64;

export class Walk {
  constructor(
    private readonly root: Entry,
    private readonly options: CpOptions,
  ) {}

  async carryOut(deed: Deed, entry: Entry, seen: Seen): Promise<void> {
    switch (deed) {
      case 'file':
        if (seen.there !== undefined) await ops.unlink(entry.dest).promise;
        await copyContent(entry, this.options);
        return await finishFile(entry, seen.stats, this.options);
      case 'link':
        return await copyLink(entry, this.options);
      case 'folder':
        return await this.copyFolder(entry, seen);
      case 'by Node':
        return await this.leaveToNode(entry, seen);
      case 'nothing':
    }
  }

  private async leaveToNode(entry: Entry, { stats, there }: Seen): Promise<void> {
    const { src, dest } = entry;
    const countsRoot = there !== undefined && isLink(stats) && isLink(there) && !treesAreOurs;
    // A link to nothing is a link to no folder.
    if (countsRoot && isFolder(await look(src, true).catch(() => stats)))
      return await copyFromRoot(this.root, src, this.options);
    await copyByNode(src, dest, this.options);
  }

  private async copyFolder({ src, dest }: Entry, { stats, there }: Seen): Promise<void> {
    const isNew = there === undefined;
    if (isNew) await ops.mkdir(dest, 0o777).promise;
    const names = await namesIn(src);
    const [from, to] = [beginningOf(src), beginningOf(dest)];
    const entries = names.map((name): Entry => ({ src: from + name, dest: to + name }));
    if (this.options.filter === undefined) {
      for (let at = 0; at < entries.length; at += AT_ONCE)
        await this.copyMany(entries.slice(at, at + AT_ONCE), isNew);
    } else {
      for (const entry of entries) await this.copyOne(entry);
    }
    if (isNew) await setMode(dest, stats.mode);
  }

  private async copyMany(entries: Entry[], intoNew: boolean): Promise<void> {
    const { dereference } = this.options;
    const looks = entries.map((entry) =>
      intoNew
        ? look(entry.src, dereference).then((stats): Seen => ({ stats, there: undefined }))
        : lookAtBoth(entry, this.options),
    );
    const seen = await globals.Promise.allSettled(looks);
    let together: New[] = [];
    for (const [i, entry] of entries.entries()) {
      const outcome = seen[i] as PromiseSettledResult<Seen>;
      const deed = outcome.status === 'fulfilled' ? deedOf(entry, outcome.value, this.options) : undefined;
      const isNew = outcome.status === 'fulfilled' && outcome.value.there === undefined;
      if (isNew && (deed === 'file' || deed === 'link')) {
        // The second copy of one file has the time of the first one's reading.
        if (together.some((other) => isSame(other.stats, outcome.value.stats))) {
          await this.copyNew(together);
          together = [];
        }
        together.push({ ...entry, stats: outcome.value.stats, made: false });
        continue;
      }
      await this.copyNew(together);
      together = [];
      if (outcome.status === 'fulfilled') await this.carryOut(deed as Deed, entry, outcome.value);
      else await this.copyOne(entry);
    }
    await this.copyNew(together);
  }

  private async copyNew(entries: New[]): Promise<void> {
    const done = entries.length < 2 ? 0 : await copyTogether(entries, this.options);
    for (const entry of entries.slice(done)) await this.copyOne(entry);
  }

  /** The whole of Node's steps for one entry. */
  private async copyOne(entry: Entry): Promise<void> {
    const { options } = this;
    if (options.filter !== undefined && !(await options.filter(entry.src, entry.dest))) return;
    const seen = await lookAtBoth(entry, options);
    await this.carryOut(deedOf(entry, seen, options), entry, seen);
  }
}

/** What the paths of a folder's entries begin with. */
function beginningOf(folder: string): string {
  return join(folder, 'x').slice(0, -1);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const { names } = await ops.readdir(folder, { wanted: 'utf8', kinds: false, sorted: false }).promise;
    return names as string[];
  } catch {
    // Node opens the folder, and says so where that fails.
    const names: string[] = [];
    for await (const { name } of await opendir(folder)) names.push(name);
    return names;
  }
}
