import path from 'node:path';
import { allowFreshFolders, freshFiles, freshFolder } from '../fresh-folder';
import type { Workload } from './workload';

/** One op is a folder made and removed. */
const mkdirRmdir: Workload = {
  row: 'mkdir-rmdir-c16',
  concurrency: 16,
  ops: 2000,
  floor: { op: 'mkdir-rmdir', files: freshFiles },
  setUp: allowFreshFolders,
  start: (fs, folder) => {
    let fresh = '';
    return {
      refresh: () => {
        fresh = freshFolder(folder);
      },
      op: async (index) => {
        const made = path.join(fresh, `folder-${index}`);
        await fs.mkdir(made);
        await fs.rmdir(made);
      },
    };
  },
};

export const mkdirRmdirRows: Workload[] = [mkdirRmdir];
