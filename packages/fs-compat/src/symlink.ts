/** symlink. */

import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';

/** What only Windows tells apart. */
const TYPES: ReadonlySet<unknown> = new Set([undefined, null, 'file', 'dir', 'junction']);

export function beginSymlink(target: unknown, path: unknown, type?: unknown): Promise<void> | undefined {
  const said = hasEngine() && TYPES.has(type) ? asPath(target) : undefined;
  const where = said === undefined ? undefined : asPath(path);
  return said === undefined || where === undefined ? undefined : ops.symlink(said, where).promise;
}

export async function symlink(target: unknown, path: unknown, type: unknown): Promise<void> {
  const op = beginSymlink(target, path, type);
  if (op === undefined) return await byNode(node.symlink(target as string, path as string, type as string));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
