import { readFileSync } from 'node:fs';
import { checkLength, cold, type FileSet, filesOf, large, makeFiles, medium, small } from '../files';
import { evict, warm } from '../page-cache';
import type { Workload } from './workload';

interface Variant {
  row: string;
  set: FileSet;
  concurrency: number;
  ops: number;
  encoding?: 'utf8';
  atOnce?: true;
}

function readFile({ row, set, concurrency, ops, encoding, atOnce }: Variant): Workload {
  return {
    row,
    concurrency,
    ops,
    ...(atOnce && { atOnce }),
    floor: { op: 'read-file', files: set },
    setUp: (folder) => makeFiles(folder, set),
    start: (fs, folder) => {
      const files = filesOf(folder, set);
      return {
        refresh: () => warm(files),
        op: async (index) => {
          const content = await fs.readFile(files[index % files.length], encoding);
          checkLength(content.length, set.bytes);
        },
      };
    },
    ...(concurrency === 1 && {
      startSync: (folder) => {
        const files = filesOf(folder, set);
        return {
          refresh: () => warm(files),
          op: (index) => checkLength(readFileSync(files[index % files.length], encoding).length, set.bytes),
        };
      },
    }),
  };
}

/** Nothing in the page cache, so every file is read once a round. One thread in C says nothing here: it waits. */
const coldRow: Workload = {
  row: 'readFile-4k-cold-c256',
  concurrency: 256,
  ops: cold.count,
  cold: true,
  setUp: (folder) => makeFiles(folder, cold),
  start: (fs, folder) => {
    const files = filesOf(folder, cold);
    return {
      refresh: () => evict(folder, cold),
      op: async (index) => checkLength((await fs.readFile(files[index])).length, cold.bytes),
    };
  },
};

export const readFileRows: Workload[] = [
  readFile({ row: 'readFile-4k-c1', set: small, concurrency: 1, ops: 40_000 }),
  readFile({ row: 'readFile-4k-c64', set: small, concurrency: 64, ops: 40_000 }),
  readFile({ row: 'readFile-4k-4000-at-once', set: small, concurrency: 4000, ops: 40_000, atOnce: true }),
  readFile({ row: 'readFile-4k-utf8-c64', set: small, concurrency: 64, ops: 40_000, encoding: 'utf8' }),
  readFile({ row: 'readFile-1m-c8', set: medium, concurrency: 8, ops: 2048 }),
  readFile({ row: 'readFile-64m-c1', set: large, concurrency: 1, ops: 12 }),
];

export const coldRows: Workload[] = [coldRow];
