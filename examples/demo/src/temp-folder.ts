import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, realpathSync, rmdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Relative to the tree that is copied: inside it, so that the copy is on the same filesystem and ignored by git. */
export const tempFolder = path.join('.cache', 'ringfs-demo');

/** Makes this process's folder for copies, and removes what a killed demo may have left. */
export function makeTempFolder(tree: string): string {
  const parent = path.join(realpathSync(tree), tempFolder);
  mkdirSync(parent, { recursive: true });
  for (const pid of readdirSync(parent)) {
    if (!isAlive(Number(pid))) rmSync(path.join(parent, pid), { recursive: true, force: true });
  }
  const folder = path.join(parent, String(process.pid));
  mkdirSync(folder);
  spreadOverDisk(folder);
  return folder;
}

/** A new name for one round's copy. It is random because ext4 picks the place on disk by the hash of the name. */
export function newTarget(folder: string): string {
  return path.join(folder, `copy-${randomBytes(6).toString('hex')}`);
}

/**
 * Asks ext4 to give every folder made in this one a part of the disk of its own. Without it a second demo within
 * minutes takes ten times as long to write, whoever writes: ext4 does not hand out an inode again for 60 to 360 s after
 * its file was deleted, and each new file steps over all of those in its part (recently_deleted() in fs/ext4/ialloc.c).
 * Only a wish: other filesystems need none, and without chattr the demo works all the same.
 */
function spreadOverDisk(folder: string): void {
  spawnSync('chattr', ['+T', folder], { stdio: 'ignore' });
}

/** Removes the folder, and its parents as long as they are empty. */
export function removeTempFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (const parent of [path.dirname(folder), path.dirname(path.dirname(folder))]) {
    try {
      rmdirSync(parent);
    } catch {
      return; // somebody else's files are in it
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
