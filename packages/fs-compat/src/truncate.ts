/** truncate. */

import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';

export function beginTruncate(path: unknown, len: unknown = 0): Promise<void> | undefined {
  const where = hasEngine() && Number.isSafeInteger(len) ? asPath(path) : undefined;
  return where === undefined ? undefined : ops.truncatePath(where, Math.max(0, len as number)).promise;
}

export async function truncate(path: unknown, len: unknown = 0): Promise<void> {
  const op = beginTruncate(path, len);
  if (op === undefined) return await byNode(node.truncate(path as string, len as number));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
