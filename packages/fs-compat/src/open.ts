/** open: a descriptor from our lanes inside an object that Node takes for its own FileHandle. */

import type { FileHandle } from 'node:fs/promises';
import { ops } from '@ringfs/core/internal';
import { named } from './caller.js';
import { hasEngine } from './engine.js';
import { handleClass } from './file-handle.js';
import { byNode, node } from './node.js';
import { asFlags, asMode, asPath } from './recognise.js';

export async function open(path: unknown, flags: unknown, mode: unknown): Promise<FileHandle> {
  const how = asFlags(flags ?? 'r');
  const bits = asMode(mode, 0o666);
  const where = hasEngine() && how !== undefined && bits !== undefined ? asPath(path) : undefined;
  const Handle = where === undefined ? undefined : await handleClass();
  if (where === undefined || Handle === undefined) {
    return await byNode(node.open(path as string, flags as string, mode as number));
  }
  try {
    return await ops.openHandle(where, how as number, bits as number, (inner, fd) => new Handle(inner, fd))
      .promise;
  } catch (error) {
    throw named(error);
  }
}
