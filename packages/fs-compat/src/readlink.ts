/** readlink. */

import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { asNameText, nameIn } from './name.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';

export function beginReadlink(path: unknown, options?: unknown): Promise<string | Buffer> | undefined {
  const text = asNameText(options);
  const where = hasEngine() && text !== undefined ? asPath(path) : undefined;
  return text === undefined || where === undefined
    ? undefined
    : nameIn(text, (wanted) => ops.readlink(where, wanted).promise);
}

export async function readlink(path: unknown, options: unknown): Promise<string | Buffer> {
  const op = beginReadlink(path, options);
  if (op === undefined) return await byNode(node.readlink(path as string, options as BufferEncoding));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
