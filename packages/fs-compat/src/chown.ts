/** chown and lchown. */

import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asOwner, asPath } from './recognise.js';

function begin(path: unknown, uid: unknown, gid: unknown, follow: boolean): Promise<void> | undefined {
  const owner = hasEngine() ? asOwner(uid, gid) : undefined;
  const where = owner === undefined ? undefined : asPath(path);
  if (owner === undefined || where === undefined) return undefined;
  return ops.chown(where, owner.uid, owner.gid, follow).promise;
}

export function beginChown(path: unknown, uid: unknown, gid: unknown): Promise<void> | undefined {
  return begin(path, uid, gid, true);
}

export function beginLchown(path: unknown, uid: unknown, gid: unknown): Promise<void> | undefined {
  return begin(path, uid, gid, false);
}

export async function chown(path: unknown, uid: unknown, gid: unknown): Promise<void> {
  const op = beginChown(path, uid, gid);
  if (op === undefined) return await byNode(node.chown(path as string, uid as number, gid as number));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}

export async function lchown(path: unknown, uid: unknown, gid: unknown): Promise<void> {
  const op = beginLchown(path, uid, gid);
  if (op === undefined) return await byNode(node.lchown(path as string, uid as number, gid as number));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
