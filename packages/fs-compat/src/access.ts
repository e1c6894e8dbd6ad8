/** access: may this process's real user do that with this path? */

import { constants } from 'node:fs';
import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';

const { F_OK, R_OK, W_OK, X_OK } = constants;

export function beginAccess(path: unknown, mode: unknown = F_OK): Promise<void> | undefined {
  const where = hasEngine() && isAccessMode(mode) ? asPath(path) : undefined;
  return where === undefined ? undefined : ops.access(where, mode as number).promise;
}

function isAccessMode(mode: unknown): boolean {
  return typeof mode === 'number' && Number.isInteger(mode) && mode >= F_OK && mode <= (R_OK | W_OK | X_OK);
}

export async function access(path: unknown, mode: unknown = F_OK): Promise<void> {
  const where = hasEngine() && isAccessMode(mode) ? asPath(path) : undefined;
  try {
    if (where !== undefined && ops.accessNow(where, mode as number)) return;
    const op = beginAccess(path, mode);
    if (op !== undefined) return await op;
  } catch (error) {
    throw await atCaller(error);
  }
  return await byNode(node.access(path as string, mode as number));
}
