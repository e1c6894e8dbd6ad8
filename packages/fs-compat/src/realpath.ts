/** realpath: realpath(3), as Node's own of fs/promises (and fs.realpath.native). */

import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { asNameText, nameIn } from './name.js';
import { byNode, node, nodeFs } from './node.js';
import { asPath } from './recognise.js';

export function beginRealpath(path: unknown, options?: unknown): Promise<string | Buffer> | undefined {
  const text = asNameText(options);
  const where = hasEngine() && text !== undefined ? asPath(path) : undefined;
  return text === undefined || where === undefined
    ? undefined
    : nameIn(text, (wanted) => ops.realpath(where, wanted).promise);
}

export async function realpath(path: unknown, options: unknown): Promise<string | Buffer> {
  const op = beginRealpath(path, options);
  if (op === undefined) return await byNode(node.realpath(path as string, options as BufferEncoding));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}

/**
 * fs.realpath: Node takes the steps in JavaScript, from the path without its `..` on. Where they lead somewhere that is
 * where realpath(3) gets to; where they fail, Node is asked for the step at which, and the words.
 */
export function beginRealpathSteps(path: unknown, options?: unknown): Promise<string | Buffer> | undefined {
  const start = absolute(path);
  const op = start === undefined ? undefined : beginRealpath(start, options);
  return op?.catch(() => promisify(nodeFs.realpath)(start as string, options as BufferEncoding));
}

function absolute(path: unknown): string | undefined {
  const given = asPath(path);
  if (typeof given !== 'string') return undefined;
  try {
    return resolve(given);
  } catch {
    return undefined; // relative to a folder that is gone
  }
}
