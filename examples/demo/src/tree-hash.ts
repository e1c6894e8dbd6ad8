import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sha256 } from './copy-tree';
import type { Tree } from './walk';

/** One hash over relative path and content hash of every file, in the order given. */
export function treeHash(files: readonly { path: string; hash: string }[]): string {
  const sum = createHash('sha256');
  for (const file of files) sum.update(`${file.path}\0${file.hash}\n`);
  return sum.digest('hex');
}

/**
 * The tree's hash by plain synchronous reads: a witness that is neither of the two subjects.
 * It gives way to the event loop every few milliseconds, so that Ctrl-C is heard.
 */
export async function witnessHash(tree: Tree): Promise<string> {
  const files: { path: string; hash: string }[] = [];
  let pauseAtMs = performance.now() + 20;
  for (const file of tree.files) {
    files.push({ path: file.path, hash: sha256(readFileSync(path.join(tree.root, file.path))) });
    if (performance.now() > pauseAtMs) {
      await nextTurn();
      pauseAtMs = performance.now() + 20;
    }
  }
  return treeHash(files);
}
