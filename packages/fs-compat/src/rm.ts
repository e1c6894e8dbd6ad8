/** rm: a file, or a folder with all that is in it. */

import { Buffer } from 'node:buffer';
import type { RmOptions } from 'node:fs';
import { ops, type Path } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asPath } from './recognise.js';
import { nailed } from './relative.js';

const DEFAULTS = { force: false, maxRetries: 0, recursive: false, retryDelay: 100 };

export function beginRm(path: unknown, options?: unknown): Promise<void> | undefined {
  const wanted = hasEngine() ? asRm(options) : undefined;
  const where = wanted === undefined ? undefined : asPath(path);
  if (wanted === undefined || where === undefined || !endsInName(where)) return undefined;
  const again = nailed(where);
  return again && remove(where, again, wanted);
}

async function remove(
  path: Path,
  again: ReturnType<typeof nailed> & object,
  options: typeof DEFAULTS,
): Promise<void> {
  try {
    await ops.rm(path, options.recursive).promise;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === 'lstat') {
      if (options.force && code === 'ENOENT') return;
      throw error;
    }
    // The path was there, and so much of it as could be removed is gone. Node goes on with what resists: it has the
    // retries, and the errors of its version. That the path is gone by now is then no failure.
    try {
      await node.rm(again.path as string, { ...options, force: true });
    } catch (left) {
      throw again.asGiven(left);
    }
  }
}

function asRm(given: unknown): typeof DEFAULTS | undefined {
  if (given === undefined) return DEFAULTS;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  const options = { ...DEFAULTS, ...given };
  const { force, maxRetries, recursive, retryDelay } = options;
  const flags = typeof force === 'boolean' && typeof recursive === 'boolean';
  return flags && isCount(maxRetries) && isCount(retryDelay)
    ? { force, maxRetries, recursive, retryDelay }
    : undefined;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value && value >= 0;
}

/** What ends in a slash or in dots is not removed under the name it has in its folder: Node decides. */
function endsInName(path: Path): boolean {
  const text = typeof path === 'string' ? path : Buffer.from(path).toString('latin1');
  return !/(?:^|\/)\.{0,2}$/.test(text);
}

export async function rm(path: unknown, options: unknown): Promise<void> {
  const op = beginRm(path, options);
  if (op === undefined) return await byNode(node.rm(path as string, options as RmOptions));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
