/** cp: a file, a link, or a folder with all that is in it. */
import type { CopyOptions, Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { atCaller } from './caller.js';
import { copyByNode } from './cp/by-node.js';
import { deedOf, type Entry, isSame, lookAtBoth, lookIfThere } from './cp/entry.js';
import { asCp, type CpOptions, isOfFilter } from './cp/options.js';
import { Walk } from './cp/walk.js';
import { hasEngine } from './engine.js';
import { beginMkdir } from './mkdir.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';

export function beginCp(src: unknown, dest: unknown, options?: unknown): Promise<void> | undefined {
  const wanted = hasEngine() ? asCp(options) : undefined;
  const from = wanted === undefined ? undefined : asPath(src);
  const to = from === undefined ? undefined : asPath(dest);
  // Node checks Buffers as paths, and then fails to calculate with them.
  if (wanted === undefined || typeof from !== 'string' || typeof to !== 'string') return undefined;
  return copy({ src: from, dest: to }, wanted);
}

async function copy(root: Entry, options: CpOptions): Promise<void> {
  try {
    await copyTree(root, options);
  } catch (error) {
    throw isOfFilter(error) ? error : await atCaller(error);
  }
}

/** Whatever is to be refused at the root goes to Node before anything was changed. */
async function copyTree(root: Entry, options: CpOptions): Promise<void> {
  const { src, dest } = root;
  if (options.filter !== undefined && !(await options.filter(src, dest))) return;
  const seen = await lookAtBoth(root, options);
  const deed = deedOf(root, seen, options);
  if (deed === 'by Node' || (await isInside(root, seen.stats))) return await copyByNode(src, dest, options);
  const parent = dirname(dest);
  if ((await lookIfThere(parent, true)) === undefined) await beginMkdir(parent, { recursive: true });
  await new Walk(root, options).carryOut(deed, root, seen);
}

/** Whether what is copied is one of the folders around its copy, up to where both are in one folder. */
async function isInside({ src, dest }: Entry, stats: Stats): Promise<boolean> {
  const end = resolve(dirname(src));
  for (let folder = resolve(dirname(dest)); folder !== end && folder !== '/'; folder = dirname(folder)) {
    const around = await lookIfThere(folder, true);
    if (around === undefined) return false;
    if (isSame(stats, around)) return true;
  }
  return false;
}

export async function cp(src: unknown, dest: unknown, options: unknown): Promise<void> {
  const op = beginCp(src, dest, options);
  if (op === undefined) return await byNode(node.cp(src as string, dest as string, options as CopyOptions));
  await op;
}
