import { closeSync, openSync } from 'node:fs';
import { alignedBuffers, openDirectFlags } from '../aligned';
import { checkLength, filesOf, makeFiles, wide } from '../files';
import type { Workload } from './workload';

const blockBytes = 4096;
const blocks = wide.bytes / blockBytes;
const concurrency = 256;

/** Random reads past the page cache, many in flight on one FileHandle: what the disk can do. */
const directRead: Workload = {
  row: 'direct-read-4k-c256',
  concurrency,
  ops: 100_000,
  direct: true,
  setUp: (folder) => makeFiles(folder, wide),
  start: async (fs, folder) => {
    const [file] = filesOf(folder, wide);
    const probe = openSync(file, openDirectFlags);
    const idle = alignedBuffers(probe, concurrency, blockBytes);
    closeSync(probe);
    const handle = await fs.open(file, openDirectFlags);
    return {
      refresh: () => {},
      op: async () => {
        const buffer = idle.pop();
        if (!buffer) throw new Error('more ops in flight than the row says');
        const position = Math.floor(Math.random() * blocks) * blockBytes;
        const { bytesRead } = await handle.read(buffer, 0, blockBytes, position);
        checkLength(bytesRead, blockBytes);
        idle.push(buffer);
      },
      stop: () => handle.close(),
    };
  },
};

export const directReadRows: Workload[] = [directRead];
