/** copyFile. */

import { constants } from 'node:fs';
import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';

const { COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = constants;
const ALL = COPYFILE_EXCL | COPYFILE_FICLONE | COPYFILE_FICLONE_FORCE;

export function beginCopyFile(src: unknown, dest: unknown, mode?: unknown): Promise<void> | undefined {
  const bits = mode ?? 0;
  const from = hasEngine() && isCopyMode(bits) ? asPath(src) : undefined;
  const to = from === undefined ? undefined : asPath(dest);
  return from === undefined || to === undefined ? undefined : ops.copyFile(from, to, bits as number).promise;
}

export function isCopyMode(mode: unknown): boolean {
  return typeof mode === 'number' && Number.isInteger(mode) && mode >= 0 && mode <= ALL;
}

export async function copyFile(src: unknown, dest: unknown, mode: unknown): Promise<void> {
  const op = beginCopyFile(src, dest, mode);
  if (op === undefined) return await byNode(node.copyFile(src as string, dest as string, mode as number));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
