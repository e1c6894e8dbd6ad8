/** link. */

import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';

export function beginLink(existingPath: unknown, newPath: unknown): Promise<void> | undefined {
  const from = hasEngine() ? asPath(existingPath) : undefined;
  const to = from === undefined ? undefined : asPath(newPath);
  return from === undefined || to === undefined ? undefined : ops.link(from, to).promise;
}

export async function link(existingPath: unknown, newPath: unknown): Promise<void> {
  const op = beginLink(existingPath, newPath);
  if (op === undefined) return await byNode(node.link(existingPath as string, newPath as string));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
