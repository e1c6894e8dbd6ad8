/** mkdtemp: a new folder with a name of its own. */

import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { asNameText, nameIn } from './name.js';
import { byNode, node } from './node.js';
import { asPathOfAnyLength } from './recognise.js';

type Name = string | Buffer;

export function beginMkdtemp(prefix: unknown, options?: unknown): Promise<Name> | undefined {
  const text = asNameText(options);
  // That of Node 20 and 22 writes behind its memory where a Buffer is long (nodejs/node pull request 64770): all are ours.
  const where = hasEngine() && text !== undefined ? asPathOfAnyLength(prefix) : undefined;
  if (text === undefined || where === undefined || !isOrdinary(where.at(-1))) return undefined;
  return nameIn(text, (wanted) => ops.mkdtemp(where, wanted).promise);
}

/** Node warns of templates that end in X, and has its own answer, by version, to an empty one. */
function isOrdinary(last: string | number | undefined): boolean {
  return last !== undefined && last !== 'X' && last !== X;
}

const X = 0x58;

export async function mkdtemp(prefix: unknown, options: unknown): Promise<Name> {
  const op = beginMkdtemp(prefix, options);
  if (op === undefined) return await byNode(node.mkdtemp(prefix as string, options as BufferEncoding));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
