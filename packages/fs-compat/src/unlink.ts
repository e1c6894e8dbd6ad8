/** unlink. */

import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';

export function beginUnlink(path: unknown): Promise<void> | undefined {
  const where = hasEngine() ? asPath(path) : undefined;
  return where === undefined ? undefined : ops.unlink(where).promise;
}

export async function unlink(path: unknown): Promise<void> {
  const op = beginUnlink(path);
  if (op === undefined) return await byNode(node.unlink(path as string));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
