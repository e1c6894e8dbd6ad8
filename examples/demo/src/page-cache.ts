import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';

const scratch = Buffer.allocUnsafe(1024 * 1024);

/** Reads the files once, unmeasured and through neither subject: an idle page cache may have been reclaimed. */
export function warm(paths: readonly string[]): void {
  for (const path of paths) {
    const fd = openSync(path, 'r');
    while (readSync(fd, scratch, 0, scratch.length, null) > 0);
    closeSync(fd);
  }
}

/** Writes all dirty pages to disk, so that no measurement pays for an earlier one's writes. */
export function syncDisks(): void {
  const { status, error } = spawnSync('sync');
  if (status !== 0) throw new Error(`sync failed: ${error?.message ?? `exit code ${status}`}`);
}

/** Makes the next read of any file go to the disk. Needs root; drops the page cache of the whole machine. */
export function dropPageCache(): void {
  syncDisks();
  writeFileSync('/proc/sys/vm/drop_caches', '1');
}

export function canDropPageCache(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}
