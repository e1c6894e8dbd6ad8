// The files the workloads run on. Each set is made once, and found again by its name.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

export interface FileSet {
  name: string;
  count: number;
  /** Bytes of each file. */
  bytes: number;
}

const mebibyte = 1024 * 1024;

export const small: FileSet = { name: 'small', count: 4000, bytes: 4096 };
/** As `small`, for workloads that write. */
export const rewritten: FileSet = { name: 'rewritten', count: 4000, bytes: 4096 };
/** As `small`, for workloads that find nothing in the page cache. */
export const cold: FileSet = { name: 'cold', count: 4000, bytes: 4096 };
export const medium: FileSet = { name: 'medium', count: 64, bytes: mebibyte };
export const large: FileSet = { name: 'large', count: 1, bytes: 64 * mebibyte };
/** For O_DIRECT: far more blocks than are in flight. */
export const wide: FileSet = { name: 'wide', count: 1, bytes: 512 * mebibyte };
/** For listing: the names are what counts. */
export const crowd: FileSet = { name: 'crowd', count: 5200, bytes: 0 };

export function makeFiles(folder: string, set: FileSet): void {
  if (existsSync(path.join(folder, set.name))) return;
  mkdirSync(path.join(folder, set.name));
  const piece = Buffer.alloc(Math.min(set.bytes, mebibyte), 'All of it is ASCII, as most text files are.\n');
  for (const file of filesOf(folder, set)) {
    const fd = openSync(file, 'w');
    for (let done = 0; done < set.bytes; done += piece.length) writeSync(fd, piece);
    // Blocks that are allocated late would be found by the first reader of an O_DIRECT file.
    if (set.bytes > mebibyte) fsyncSync(fd);
    closeSync(fd);
  }
}

export function filesOf(folder: string, set: FileSet): string[] {
  return Array.from({ length: set.count }, (_, index) => path.join(folder, set.name, `file-${index}`));
}

export function checkLength(actual: number, expected: number): void {
  if (actual !== expected)
    throw new Error(`wrong result: ${actual} instead of ${expected} bytes or characters`);
}
