/** rmdir. */

import { ops } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';

export function beginRmdir(path: unknown, options?: unknown): Promise<void> | undefined {
  const where = hasEngine() && asksForNothing(options) ? asPath(path) : undefined;
  return where === undefined ? undefined : ops.rmdir(where).promise;
}

/** Each version of Node has its own words for these. */
const DEPRECATED = ['recursive', 'maxRetries', 'retryDelay'];

function asksForNothing(options: unknown): boolean {
  if (options === undefined) return true;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return false;
  return !DEPRECATED.some((name) => name in options);
}

export async function rmdir(path: unknown, options: unknown): Promise<void> {
  const op = beginRmdir(path, options);
  if (op === undefined) return await byNode(node.rmdir(path as string, options as object));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
