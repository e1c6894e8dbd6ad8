/** chmod. */

import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asFileMode, asPath } from './recognise.js';

export function beginChmod(path: unknown, mode: unknown): Promise<void> | undefined {
  const bits = asFileMode(mode);
  const where = hasEngine() && bits !== undefined ? asPath(path) : undefined;
  return where === undefined ? undefined : ops.chmod(where, bits as number).promise;
}

export async function chmod(path: unknown, mode: unknown): Promise<void> {
  const op = beginChmod(path, mode);
  if (op === undefined) return await byNode(node.chmod(path as string, mode as number));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
