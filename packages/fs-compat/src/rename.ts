/** rename. */

import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';

export function beginRename(oldPath: unknown, newPath: unknown): Promise<void> | undefined {
  const from = hasEngine() ? asPath(oldPath) : undefined;
  const to = from === undefined ? undefined : asPath(newPath);
  return from === undefined || to === undefined ? undefined : ops.rename(from, to).promise;
}

export async function rename(oldPath: unknown, newPath: unknown): Promise<void> {
  const op = beginRename(oldPath, newPath);
  if (op === undefined) return await byNode(node.rename(oldPath as string, newPath as string));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
