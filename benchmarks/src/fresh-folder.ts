// A new place on disk for every round that creates and deletes.
//
// ext4 does not hand out an inode again for 60 to 360 s after its file was deleted, and every new file steps over all of
// those in its part of the disk (recently_deleted() in fs/ext4/ialloc.c): the rounds would get slower one after the other.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { FileSet } from './files';

const parentName = 'fresh';

/** What floor/ops.c is told: the folder, no files in it, and what is written into new ones. */
export const freshFiles: FileSet = { name: parentName, count: 0, bytes: 4096 };

/** In the parent. With +T ext4 gives each folder made inside a part of the disk of its own; elsewhere it is not needed. */
export function allowFreshFolders(folder: string): void {
  const parent = path.join(folder, parentName);
  mkdirSync(parent, { recursive: true });
  spawnSync('chattr', ['+T', parent], { stdio: 'ignore' });
}

/** The name is random because ext4 picks the place by the hash of the name. */
export function freshFolder(folder: string): string {
  const fresh = path.join(folder, parentName, randomBytes(6).toString('hex'));
  mkdirSync(fresh);
  return fresh;
}
