/** open: a descriptor from our lanes inside an object that Node takes for its own FileHandle. */

import type { FileHandle } from 'node:fs/promises';
import { isMainThread } from 'node:worker_threads';
import { ops, type Path } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { type HandleClass, handleClass } from './file-handle.js';
import { byNode, node } from './node.js';
import { asFlags, asMode, asPath } from './recognise.js';

interface Plan {
  path: Path;
  flags: number;
  mode: number;
}

export async function open(path: unknown, flags: unknown, mode: unknown): Promise<FileHandle> {
  const op = beginOpen(path, flags, mode);
  if (op === undefined) return await byNode(node.open(path as string, flags as string, mode as number));
  try {
    return await op;
  } catch (error) {
    throw await atCaller(error);
  }
}

export function beginOpen(path: unknown, flags?: unknown, mode?: unknown): Promise<FileHandle> | undefined {
  const plan = planOf(path, flags, mode);
  if (plan === undefined) return undefined;
  const Handle = handleClass();
  if (typeof Handle === 'function') return openWith(Handle, plan);
  return Handle.then((Made) =>
    Made === undefined ? node.open(path as string, flags as string, mode as number) : openWith(Made, plan),
  );
}

/**
 * fs.open: a raw descriptor. Not in workers: there Node keeps a list of those that fs.open gave, closes at the end what
 * is left of them, and knows nothing of ours.
 */
export function beginOpenDescriptor(
  path: unknown,
  flags?: unknown,
  mode?: unknown,
): Promise<number> | undefined {
  const plan = isMainThread ? planOf(path, flags, mode) : undefined;
  return plan && ops.open(plan.path, plan.flags, plan.mode).promise;
}

function openWith(Handle: HandleClass, { path, flags, mode }: Plan): Promise<FileHandle> {
  return ops.openHandle(path, flags, mode, (inner, fd) => new Handle(inner, fd)).promise;
}

/** Undefined: Node decides. */
function planOf(path: unknown, flags: unknown, mode: unknown): Plan | undefined {
  const how = asFlags(flags ?? 'r');
  const bits = asMode(mode, 0o666);
  const where = hasEngine() && how !== undefined && bits !== undefined ? asPath(path) : undefined;
  return where === undefined ? undefined : { path: where, flags: how as number, mode: bits as number };
}
