/**
 * Files and links that are new where they go, copied side by side. Node copies one after the other and ends at the first
 * failure; so at a failure what came after it is taken back, and the rest is done again in that way.
 */
import { constants, type Stats } from 'node:fs';
import { globals, ops } from '@ringfs/core/internal';
import { copyContent, copyLink, finishFile } from './copy.js';
import { type Entry, isLink } from './entry.js';
import type { CpOptions } from './options.js';

/** Nothing that somebody else made meanwhile may be overwritten, or be taken for ours. */
const { COPYFILE_EXCL } = constants;

export interface New extends Entry {
  stats: Stats;
  /** Whether it is there, by us. */
  made: boolean;
}

/** Resolves to how many were copied: fewer than all if one failed, and nothing of those after it is left. */
export async function copyTogether(all: New[], options: CpOptions): Promise<number> {
  const outcomes = await globals.Promise.allSettled(all.map((one) => copyNew(one, options)));
  const failed = outcomes.findIndex(({ status }) => status === 'rejected');
  if (failed === -1) return all.length;
  const ours = all.slice(failed).filter(({ made }) => made);
  // Where one cannot be removed it stays; the failure that there was is the one to tell of.
  await globals.Promise.allSettled(ours.map(({ dest }) => ops.unlink(dest).promise));
  return failed;
}

async function copyNew(one: New, options: CpOptions): Promise<void> {
  if (isLink(one.stats)) {
    await copyLink(one, options);
    one.made = true;
    return;
  }
  await copyContent(one, options, COPYFILE_EXCL);
  one.made = true;
  await finishFile(one, one.stats, options);
}
