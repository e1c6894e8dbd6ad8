import { statSync } from 'node:fs';
import { checkLength, filesOf, makeFiles, small } from '../files';
import type { Workload } from './workload';

function stat(row: string, concurrency: number, ops: number): Workload {
  return {
    row,
    concurrency,
    ops,
    floor: { op: 'stat', files: small },
    setUp: (folder) => makeFiles(folder, small),
    start: (fs, folder) => {
      const files = filesOf(folder, small);
      return {
        refresh: () => touch(files),
        op: async (index) => checkLength((await fs.stat(files[index % files.length])).size, small.bytes),
      };
    },
    ...(concurrency === 1 && {
      startSync: (folder) => {
        const files = filesOf(folder, small);
        return {
          refresh: () => touch(files),
          op: (index) => checkLength(statSync(files[index % files.length]).size, small.bytes),
        };
      },
    }),
  };
}

/** Brings the inodes into memory. */
function touch(files: readonly string[]): void {
  for (const file of files) statSync(file);
}

export const statRows: Workload[] = [stat('stat-c1', 1, 60_000), stat('stat-c64', 64, 80_000)];
