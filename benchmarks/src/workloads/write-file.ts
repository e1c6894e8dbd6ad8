import { filesOf, makeFiles, rewritten } from '../files';
import { warm } from '../page-cache';
import type { Workload } from './workload';

/** Whole-file writes over files that exist and have the same size. */
function writeFile(row: string, concurrency: number, ops: number): Workload {
  return {
    row,
    concurrency,
    ops,
    floor: { op: 'write-file', files: rewritten },
    setUp: (folder) => makeFiles(folder, rewritten),
    start: (fs, folder) => {
      const files = filesOf(folder, rewritten);
      const data = Buffer.alloc(rewritten.bytes, 'written');
      return {
        refresh: () => warm(files),
        op: (index) => fs.writeFile(files[index % files.length], data),
      };
    },
  };
}

export const writeFileRows: Workload[] = [
  writeFile('writeFile-4k-c1', 1, 20_000),
  writeFile('writeFile-4k-c64', 64, 40_000),
];
