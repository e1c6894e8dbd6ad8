/** open: a descriptor from our lanes inside an object that Node takes for its own FileHandle. */

import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { ops, type Path } from '@ringfs/core/internal';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { type HandleClass, handleClass, handleClassNow } from './file-handle.js';
import { byNode, node } from './node.js';
import { asFlags, asMode, asPath } from './recognise.js';
import { inMainThread } from './thread.js';

interface Plan {
  path: Path;
  flags: number;
  mode: number;
}

const { O_RDONLY } = constants;
/** The bits of open(2)'s flags that say reading, writing or both; fs.constants lacks it. */
const O_ACCMODE = 3;

export async function open(path: unknown, flags: unknown, mode: unknown): Promise<FileHandle> {
  const plan = planOf(path, flags, mode);
  const Handle = plan && (handleClassNow() ?? (await handleClass()));
  if (plan === undefined || Handle === undefined) {
    return await byNode(node.open(path as string, flags as string, mode as number));
  }
  try {
    return (
      ops.openHandleNow(plan.path, plan.flags, plan.mode, maker(Handle, plan)) ??
      (await openWith(Handle, plan))
    );
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
  const plan = inMainThread() ? planOf(path, flags, mode) : undefined;
  return plan && ops.open(plan.path, plan.flags, plan.mode).promise;
}

function openWith(Handle: HandleClass, plan: Plan): Promise<FileHandle> {
  return ops.openHandle(plan.path, plan.flags, plan.mode, maker(Handle, plan)).promise;
}

function maker(Handle: HandleClass, { flags }: Plan) {
  const readOnly = (flags & O_ACCMODE) === O_RDONLY;
  return (inner: object, _fd: number, plain: boolean): FileHandle => new Handle(inner, plain, readOnly);
}

/** Undefined: Node decides. */
function planOf(path: unknown, flags: unknown, mode: unknown): Plan | undefined {
  const how = asFlags(flags ?? 'r');
  const bits = asMode(mode, 0o666);
  const where = hasEngine() && how !== undefined && bits !== undefined ? asPath(path) : undefined;
  return where === undefined ? undefined : { path: where, flags: how as number, mode: bits as number };
}
