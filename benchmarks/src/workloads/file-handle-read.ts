import { openSync, readSync } from 'node:fs';
import { checkLength, filesOf, large, makeFiles } from '../files';
import { warm } from '../page-cache';
import type { Workload } from './workload';

const blockBytes = 4096;
const blocks = large.bytes / blockBytes;
// A stride that is prime visits all blocks, and no two in a row are neighbours.
const stride = 7919;

function positionOf(index: number): number {
  return ((index * stride) % blocks) * blockBytes;
}

/** Reads at scattered positions of one open file, each op in flight into a buffer of its own. */
function fileHandleRead(row: string, concurrency: number, ops: number): Workload {
  return {
    row,
    concurrency,
    ops,
    floor: { op: 'read-block', files: large },
    setUp: (folder) => makeFiles(folder, large),
    start: async (fs, folder) => {
      const [file] = filesOf(folder, large);
      const handle = await fs.open(file, 'r');
      const idle = Array.from({ length: concurrency }, () => Buffer.alloc(blockBytes));
      return {
        refresh: () => warm([file]),
        op: async (index) => {
          const buffer = idle.pop();
          if (!buffer) throw new Error('more ops in flight than the row says');
          const { bytesRead } = await handle.read(buffer, 0, blockBytes, positionOf(index));
          checkLength(bytesRead, blockBytes);
          idle.push(buffer);
        },
        stop: () => handle.close(),
      };
    },
    ...(concurrency === 1 && {
      startSync: (folder) => {
        const [file] = filesOf(folder, large);
        const fd = openSync(file, 'r');
        const buffer = Buffer.alloc(blockBytes);
        return {
          refresh: () => warm([file]),
          op: (index) => checkLength(readSync(fd, buffer, 0, blockBytes, positionOf(index)), blockBytes),
        };
      },
    }),
  };
}

export const fileHandleReadRows: Workload[] = [
  fileHandleRead('FileHandle.read-4k-c1', 1, 60_000),
  fileHandleRead('FileHandle.read-4k-c256', 256, 80_000),
];
