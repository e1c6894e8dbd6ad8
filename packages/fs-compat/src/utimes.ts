/** utimes and lutimes. */

import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';
import { asSeconds } from './seconds.js';

function begin(path: unknown, atime: unknown, mtime: unknown, follow: boolean): Promise<void> | undefined {
  const where = hasEngine() ? asPath(path) : undefined;
  if (where === undefined) return undefined;
  const accessed = asSeconds(atime);
  const modified = asSeconds(mtime);
  if (accessed === undefined || modified === undefined) return undefined;
  return ops.utimes(where, accessed, modified, follow).promise;
}

export function beginUtimes(path: unknown, atime: unknown, mtime: unknown): Promise<void> | undefined {
  return begin(path, atime, mtime, true);
}

export function beginLutimes(path: unknown, atime: unknown, mtime: unknown): Promise<void> | undefined {
  return begin(path, atime, mtime, false);
}

export async function utimes(path: unknown, atime: unknown, mtime: unknown): Promise<void> {
  const op = beginUtimes(path, atime, mtime);
  if (op === undefined) return await byNode(node.utimes(path as string, atime as Date, mtime as Date));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}

export async function lutimes(path: unknown, atime: unknown, mtime: unknown): Promise<void> {
  const op = beginLutimes(path, atime, mtime);
  if (op === undefined) return await byNode(node.lutimes(path as string, atime as Date, mtime as Date));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
