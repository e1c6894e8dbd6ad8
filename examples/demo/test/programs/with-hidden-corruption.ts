import { readFile, writeFile } from 'node:fs/promises';
import { serve } from '../../dist/worker';
import { flipped } from './flipped';

void serve({
  readFile: async (path) => {
    const content = await readFile(path);
    return path.includes('ringfs-demo') ? flipped(content) : content;
  },
  writeFile: (path, data) => writeFile(path, flipped(data)),
});
