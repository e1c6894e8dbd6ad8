import { statSync } from 'node:fs';
import { checkLength, filesOf, makeFiles, small } from '../files';
import type { Workload } from './workload';

function stat(row: string, concurrency: number, ops: number): Workload {
  return {
    row,
    concurrency,
    ops,
    setUp: (folder) => makeFiles(folder, small),
    start: (fs, folder) => {
      const files = filesOf(folder, small);
      return {
        refresh: () => {
          for (const file of files) statSync(file);
        },
        op: async (index) => checkLength((await fs.stat(files[index % files.length])).size, small.bytes),
      };
    },
  };
}

export const statRows: Workload[] = [stat('stat-c1', 1, 10_000), stat('stat-c64', 64, 30_000)];
