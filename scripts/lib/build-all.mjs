import { existsSync } from 'node:fs';
import path from 'node:path';
import { bundle } from './bundle.mjs';
import { pruneStaleOutput } from './prune.mjs';
import { root, run, say } from './run.mjs';
import { typeScriptProjects } from './workspace.mjs';

export function buildTypeScript() {
  say('compiling TypeScript (tsc -b)');
  pruneStaleOutput();
  run('node', ['node_modules/typescript/bin/tsc', '-b', ...typeScriptProjects()]);
  bundle();
}

export function buildNative() {
  say('building the native addon');
  run('node', ['packages/native/scripts/build.mjs']);
}

export function hasAddon() {
  return existsSync(path.join(root, 'packages/native/build/Release/ringfs.node'));
}

/** The addon of the nth-fault loop over public calls: a link of what is built already. */
export function buildFaults() {
  run('cmake', ['--build', 'packages/native/build', '--target', 'ringfs_faults']);
}
