import { filesOf, makeFiles, small } from '../files';
import { warm } from '../page-cache';
import type { Workload } from './workload';

/** One op is a FileHandle opened for reading and closed. */
const openClose: Workload = {
  row: 'open-close-c64',
  concurrency: 64,
  ops: 40_000,
  floor: { op: 'open-close', files: small },
  setUp: (folder) => makeFiles(folder, small),
  start: (fs, folder) => {
    const files = filesOf(folder, small);
    return {
      refresh: () => warm(files),
      op: async (index) => {
        const handle = await fs.open(files[index % files.length], 'r');
        await handle.close();
      },
    };
  },
};

export const openCloseRows: Workload[] = [openClose];
