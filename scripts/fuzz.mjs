// Sets up, builds, then fuzzes until something differs; arguments go to packages/fs-compat/test/fuzz/main.ts.

import path from 'node:path';
import { prepareTests } from './lib/prepare-tests.mjs';
import { attempt, main, root } from './lib/run.mjs';

await main(() => {
  prepareTests();
  const program = path.join(root, 'packages/fs-compat/dist-test/fuzz/main.js');
  if (!attempt('node', [program, ...process.argv.slice(2)])) process.exitCode = 1;
});
