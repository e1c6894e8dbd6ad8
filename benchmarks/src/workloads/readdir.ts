import path from 'node:path';
import { checkLength, crowd, makeFiles } from '../files';
import type { Workload } from './workload';

/** One op is the whole list of a large folder. */
const readdir: Workload = {
  row: 'readdir-5200-c1',
  concurrency: 1,
  ops: 200,
  floor: { op: 'read-folder', files: { ...crowd, count: 0 } },
  setUp: (folder) => makeFiles(folder, crowd),
  start: (fs, folder) => {
    const place = path.join(folder, crowd.name);
    return {
      refresh: () => {},
      op: async () => checkLength((await fs.readdir(place)).length, crowd.count),
    };
  },
};

export const readdirRows: Workload[] = [readdir];
