import { checkLength, type FileSet, filesOf, large, makeFiles, medium, small } from '../files';
import { dropPageCache, warm } from '../page-cache';
import type { Workload } from './workload';

interface Variant {
  row: string;
  set: FileSet;
  concurrency: number;
  ops: number;
  encoding?: 'utf8';
  cold?: true;
}

function readFile({ row, set, concurrency, ops, encoding, cold }: Variant): Workload {
  return {
    row,
    concurrency,
    ops,
    ...(cold && { cold }),
    setUp: (folder) => makeFiles(folder, set),
    start: (fs, folder) => {
      const files = filesOf(folder, set);
      return {
        refresh: cold ? dropPageCache : () => warm(files),
        op: async (index) => {
          const content = await fs.readFile(files[index % files.length], encoding);
          checkLength(content.length, set.bytes);
        },
      };
    },
  };
}

export const readFileRows: Workload[] = [
  readFile({ row: 'readFile-4k-c1', set: small, concurrency: 1, ops: 4000 }),
  readFile({ row: 'readFile-4k-c64', set: small, concurrency: 64, ops: 8000 }),
  readFile({ row: 'readFile-4k-4000-at-once', set: small, concurrency: 4000, ops: 4000 }),
  readFile({ row: 'readFile-4k-utf8-c64', set: small, concurrency: 64, ops: 8000, encoding: 'utf8' }),
  readFile({ row: 'readFile-1m-c8', set: medium, concurrency: 8, ops: 1024 }),
  readFile({ row: 'readFile-64m-c1', set: large, concurrency: 1, ops: 8 }),
  readFile({ row: 'readFile-4k-cold-c256', set: small, concurrency: 256, ops: 4000, cold: true }),
];
