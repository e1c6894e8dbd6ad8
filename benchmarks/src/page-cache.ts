import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { FileSet } from './files';
import { floorBinary } from './peers/compile-floor';

const scratch = Buffer.allocUnsafe(1024 * 1024);

/** Reads the files once, through no subject: an idle page cache may have been reclaimed. */
export function warm(files: readonly string[]): void {
  for (const file of files) {
    const fd = openSync(file, 'r');
    while (readSync(fd, scratch, 0, scratch.length, null) > 0);
    closeSync(fd);
  }
}

/** Writes the filesystem's dirty pages to disk, so that no measurement pays for an earlier one's writes. */
export function syncDisk(folder: string): void {
  const { status, error } = spawnSync('sync', ['-f', folder]);
  if (status !== 0) throw new Error(`sync failed: ${error?.message ?? `exit code ${status}`}`);
}

/**
 * Makes the next read of each of these files go to the disk. It needs no root and leaves the rest of the machine its page
 * cache: floor/evict.c asks for each file, and fails if a page stays. Names and inodes stay cached.
 */
export function evict(folder: string, set: FileSet): void {
  const place = path.join(folder, set.name);
  const { status, stderr, error } = spawnSync(floorBinary, ['evict', place, `${set.count}`, `${set.bytes}`], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`could not empty the page cache: ${error?.message ?? stderr}`);
}
