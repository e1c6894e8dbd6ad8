/** mkdir, with its missing parents too. */

import { ops, type Path } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { byNode, node } from './node.js';
import { asMode, asPath } from './recognise.js';

export function beginMkdir(path: unknown, options?: unknown): Promise<string | undefined> | undefined {
  const wanted = hasEngine() ? asMkdir(options) : undefined;
  const where = wanted === undefined ? undefined : asPath(path);
  if (wanted === undefined || where === undefined) return undefined;
  return wanted.recursive ? makeAll(where, wanted.mode, path) : ops.mkdir(where, wanted.mode).promise;
}

async function makeAll(where: Path, mode: number, path: unknown): Promise<string | undefined> {
  const walk = { hasMade: false };
  try {
    return await ops.mkdirAll(where, mode, walk).promise;
  } catch (error) {
    // Where nothing was made yet Node is asked: it words the failures of its walk in its own way, by version.
    if (walk.hasMade) throw error;
    return await byNode(node.mkdir(path as string, { mode, recursive: true }));
  }
}

function asMkdir(options: unknown): { recursive: boolean; mode: number } | undefined {
  if (options === undefined || options === null) return { recursive: false, mode: 0o777 };
  if (typeof options === 'number' || typeof options === 'string') {
    const mode = asMode(options, 0o777);
    return mode === undefined ? undefined : { recursive: false, mode };
  }
  if (typeof options !== 'object') return undefined;
  const { recursive = false, mode: given } = options as Record<string, unknown>;
  const mode = asMode(given, 0o777);
  return typeof recursive === 'boolean' && mode !== undefined ? { recursive, mode } : undefined;
}

export async function mkdir(path: unknown, options: unknown): Promise<string | undefined> {
  const op = beginMkdir(path, options);
  if (op === undefined) {
    return (await byNode(node.mkdir(path as string, options as number))) as string | undefined;
  }
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}
