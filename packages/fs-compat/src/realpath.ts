/** realpath: realpath(3), as Node's own of fs/promises (and fs.realpath.native). */

import { Buffer } from 'node:buffer';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { asNameText, nameIn } from './name.js';
import { byNode, node, nodeFs } from './node.js';
import { asPath, type Text } from './recognise.js';
import { decoded } from './text.js';

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
 * fs.realpath: Node takes the steps in JavaScript, from the path without its `..` on. Without a link on the way they lead
 * nowhere else. A link's target it joins as text, and a `..` in it may then mean another folder than for realpath(3): it
 * is asked for those, and for the step that fails, and the words.
 */
export function beginRealpathSteps(path: unknown, options?: unknown): Promise<string | Buffer> | undefined {
  const text = asNameText(options);
  const start = text === undefined ? undefined : absolute(path);
  const op = start === undefined ? undefined : beginRealpath(start);
  return op && bySteps(op, start as string, text as Text, options);
}

async function bySteps(
  op: Promise<string | Buffer>,
  start: string,
  text: Text,
  options: unknown,
): Promise<string | Buffer> {
  try {
    if ((await op) === start) return text === 'utf8' ? start : decoded(Buffer.from(start), text);
  } catch {
    // As below: what failed for us will fail for Node.
  }
  return await promisify(nodeFs.realpath)(start, options as BufferEncoding);
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
