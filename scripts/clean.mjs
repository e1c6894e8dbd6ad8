// Removes what the build and the tests made; --all also what the set-up installed.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { root } from './lib/run.mjs';
import { projectFolders } from './lib/workspace.mjs';

const all = process.argv.includes('--all');
const made = ['bundle', 'dist', 'dist-test', 'build', 'build-test', ...(all ? ['node_modules'] : [])];
for (const folder of projectFolders()) {
  for (const name of made) rmSync(path.join(folder, name), { recursive: true, force: true });
}
for (const name of ['.test-results', ...(all ? ['node_modules', '.tools'] : [])]) {
  rmSync(path.join(root, name), { recursive: true, force: true });
}
