// The files the workloads run on. Each set is made once, and found again by its name.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface FileSet {
  name: string;
  count: number;
  /** Bytes of each file. */
  bytes: number;
}

export const small: FileSet = { name: 'small', count: 4000, bytes: 4096 };
/** As `small`, for workloads that write. */
export const rewritten: FileSet = { name: 'rewritten', count: 4000, bytes: 4096 };
export const medium: FileSet = { name: 'medium', count: 64, bytes: 1024 * 1024 };
export const large: FileSet = { name: 'large', count: 1, bytes: 64 * 1024 * 1024 };

export function makeFiles(folder: string, set: FileSet): void {
  if (existsSync(path.join(folder, set.name))) return;
  mkdirSync(path.join(folder, set.name));
  const content = Buffer.alloc(set.bytes, 'All of it is ASCII, as most text files are.\n');
  for (const file of filesOf(folder, set)) writeFileSync(file, content);
}

export function filesOf(folder: string, set: FileSet): string[] {
  return Array.from({ length: set.count }, (_, index) => path.join(folder, set.name, `file-${index}`));
}

export function checkLength(actual: number, expected: number): void {
  if (actual !== expected)
    throw new Error(`wrong result: ${actual} instead of ${expected} bytes or characters`);
}
