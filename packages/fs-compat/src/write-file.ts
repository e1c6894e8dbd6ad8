/** writeFile and appendFile: everything between the caller's options and one record. */

import { constants } from 'node:fs';
import { ops, type Path } from '@ringfs/core/internal';
import { abortableWrite } from './abort.js';
import { named } from './caller.js';
import { hasEngine } from './engine.js';
import { isOurs } from './file-handle.js';
import { byNode, node } from './node.js';
import { asData, asFlags, asMode, asOptions, asPath, asSignal } from './recognise.js';

const { O_CREAT, O_WRONLY } = constants;

interface Plan {
  path: Path;
  data: Uint8Array;
  flags: number;
  mode: number;
  flush: boolean;
  cutFirst: boolean;
  signal: AbortSignal | null;
}

export async function writeFile(path: unknown, data: unknown, options: unknown): Promise<void> {
  if (isOurs(path)) return await path.writeFile(data as string, options as BufferEncoding);
  const plan = hasEngine() ? planOf(path, data, options, undefined) : undefined;
  if (plan === undefined)
    return await byNode(node.writeFile(path as string, data as string, options as BufferEncoding));
  return await carryOut(plan);
}

export async function appendFile(path: unknown, data: unknown, options: unknown): Promise<void> {
  if (isOurs(path)) return await path.appendFile(data as string, options as BufferEncoding);
  const plan = hasEngine() ? planOf(path, data, options, 'a') : undefined;
  if (plan === undefined)
    return await byNode(node.appendFile(path as string, data as string, options as BufferEncoding));
  return await carryOut(plan);
}

async function carryOut(plan: Plan): Promise<void> {
  try {
    await abortableWrite(() => ops.writeFile(plan.path, plan.data, plan.flags, plan.mode, plan), plan.signal);
  } catch (error) {
    throw named(error);
  }
}

/** Undefined: Node decides; iterables and streams are its own. */
function planOf(path: unknown, given: unknown, options: unknown, flag: string | undefined): Plan | undefined {
  const chosen = asOptions(options);
  if (chosen === undefined) return undefined;
  const data = asData(given, chosen.encoding);
  const mode = asMode(chosen.mode, 0o666);
  const signal = asSignal(chosen.signal);
  const flush = chosen.flush ?? false;
  const where = asPath(path);
  if (data === undefined || mode === undefined || signal === undefined || where === undefined)
    return undefined;
  if (typeof flush !== 'boolean') return undefined;
  // A flag that is asked for is taken literally, O_TRUNC included: see docs/write-order.md.
  const literal = chosen.flag || flag || (STRICT ? 'w' : undefined);
  const flags = literal === undefined ? O_WRONLY | O_CREAT : asFlags(literal);
  if (flags === undefined) return undefined;
  return { path: where, data, flags, mode, flush, cutFirst: literal === undefined, signal };
}

const STRICT = process.env.RINGFS_WRITE_ORDER === 'strict';
