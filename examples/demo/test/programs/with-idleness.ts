import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { serve } from '../../dist/worker';

void serve({
  readFile,
  writeFile: async (path, data) => {
    if (!existsSync(path)) await writeFile(path, data);
  },
});
