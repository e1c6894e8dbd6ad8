// Other filesystems to measure on.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { filesystemOf } from './machine';
import { ensureProgram } from './peers/debian';

export interface Place {
  folder: string;
  release(): void;
}

const xfsBytes = 2 * 2 ** 30;

/** A folder of its own in `dir`. */
export function plainPlace(dir: string): Place {
  const folder = mkdtempSync(path.join(dir, 'ringfs-bench-'));
  return { folder, release: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Memory: a mount of our own where we may, else /dev/shm. Throws where there is neither. */
export function tmpfsPlace(dir: string): Place {
  if (process.getuid?.() === 0)
    return mounted(dir, (folder) => ['-t', 'tmpfs', '-o', 'size=2g', 'tmpfs', folder]);
  if (existsSync('/dev/shm') && filesystemOf('/dev/shm') === 'tmpfs') return plainPlace('/dev/shm');
  throw new Error('no tmpfs: /dev/shm is none, and only root may mount one');
}

/** XFS in a file, by way of a loop device. Throws where it cannot be had. */
export function xfsPlace(dir: string): Place {
  if (process.getuid?.() !== 0) throw new Error('only root may mount a loop device');
  ensureProgram('mkfs.xfs', 'xfsprogs');
  const holder = plainPlace(dir);
  try {
    const image = path.join(holder.folder, 'xfs.img');
    writeFileSync(image, '');
    truncateSync(image, xfsBytes);
    run('mkfs.xfs', ['-q', image]);
    const place = mounted(holder.folder, (folder) => ['-o', 'loop', image, folder]);
    return { folder: place.folder, release: () => releaseAll(place, holder) };
  } catch (error) {
    holder.release();
    throw error;
  }
}

function releaseAll(...places: Place[]): void {
  for (const place of places) place.release();
}

function mounted(dir: string, args: (folder: string) => string[]): Place {
  const folder = mkdtempSync(path.join(dir, 'ringfs-bench-'));
  try {
    run('mount', args(folder));
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  const inside = path.join(folder, 'files');
  mkdirSync(inside);
  return {
    folder: inside,
    release: () => {
      run('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

function run(program: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr.trim()}`);
}
