import path from 'node:path';
import { allowFreshFolders, freshFiles, freshFolder } from '../fresh-folder';
import type { Workload } from './workload';

/** One op is a 4 KiB file written under a new name and unlinked. */
const createUnlink: Workload = {
  row: 'create-unlink-4k-c16',
  concurrency: 16,
  ops: 8000,
  floor: { op: 'create-unlink', files: freshFiles },
  setUp: allowFreshFolders,
  start: (fs, folder) => {
    const data = Buffer.alloc(4096, 'created');
    let fresh = '';
    return {
      refresh: () => {
        fresh = freshFolder(folder);
      },
      op: async (index) => {
        const file = path.join(fresh, `file-${index}`);
        await fs.writeFile(file, data);
        await fs.unlink(file);
      },
    };
  },
};

export const createUnlinkRows: Workload[] = [createUnlink];
