/** writeFile and appendFile: everything between the caller's options and one record. */

import { constants } from 'node:fs';
import { ops, type Path } from '@ringfs/core/internal';
import { abortableWrite } from './abort.js';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { isOurs, own } from './file-handle.js';
import { byNode, node } from './node.js';
import { APPENDING, asData, asFlags, asMode, asOptions, asPath, asSignal, WRITING } from './recognise.js';

const { apply } = Reflect;
const { O_CREAT, O_WRONLY } = constants;

interface Choices {
  data: Uint8Array;
  flags: number;
  mode: number;
  flush: boolean;
  cutFirst: boolean;
  signal: AbortSignal | null;
}

interface Plan extends Choices {
  path: Path;
}

export async function writeFile(path: unknown, data: unknown, options: unknown): Promise<void> {
  if (isOurs(path)) return await apply(own.writeFile, path, [data as string, options as BufferEncoding]);
  const op = beginWriteFile(path, data, options);
  if (op === undefined)
    return await byNode(node.writeFile(path as string, data as string, options as BufferEncoding));
  try {
    await op;
  } catch (error) {
    throw await atCaller(error);
  }
}

export async function appendFile(path: unknown, data: unknown, options: unknown): Promise<void> {
  if (isOurs(path)) return await apply(own.writeFile, path, [data as string, options as BufferEncoding]);
  const op = beginAppendFile(path, data, options);
  if (op === undefined)
    return await byNode(node.appendFile(path as string, data as string, options as BufferEncoding));
  try {
    await op;
  } catch (error) {
    throw await atCaller(error);
  }
}

export function beginWriteFile(path: unknown, data: unknown, options?: unknown): Promise<void> | undefined {
  return begin(planOf(path, data, options, undefined));
}

export function beginAppendFile(path: unknown, data: unknown, options?: unknown): Promise<void> | undefined {
  return begin(planOf(path, data, options, 'a'));
}

/** fs.writeFile and fs.appendFile of a raw descriptor: at its own position. */
export function beginWriteDescriptor(
  fd: number,
  data: unknown,
  options?: unknown,
): Promise<void> | undefined {
  const chosen = hasEngine() ? choicesOf(data, options, undefined) : undefined;
  // With `flush` Node syncs a descriptor too: that is two ops, and its own.
  if (chosen === undefined || chosen.flush) return undefined;
  return abortableWrite(() => ops.writeDescriptor(fd, chosen.data), chosen.signal);
}

function begin(plan: Plan | undefined): Promise<void> | undefined {
  if (plan === undefined) return undefined;
  return abortableWrite(() => ops.writeFile(plan.path, plan.data, plan.flags, plan.mode, plan), plan.signal);
}

/** Undefined: Node decides. */
function planOf(path: unknown, data: unknown, options: unknown, flag: string | undefined): Plan | undefined {
  const chosen = hasEngine() ? choicesOf(data, options, flag) : undefined;
  const where = chosen && asPath(path);
  return where === undefined ? undefined : { ...(chosen as Choices), path: where };
}

/** Undefined: Node decides; iterables and streams are its own. */
function choicesOf(given: unknown, options: unknown, flag: string | undefined): Choices | undefined {
  const chosen = asOptions(options, flag === undefined ? WRITING : APPENDING);
  if (chosen === undefined) return undefined;
  const data = asData(given, chosen.encoding);
  const mode = asMode(chosen.mode, 0o666);
  const signal = asSignal(chosen.signal);
  const flush = chosen.flush ?? false;
  if (data === undefined || mode === undefined || signal === undefined) return undefined;
  if (typeof flush !== 'boolean') return undefined;
  // A flag that is asked for is taken literally, O_TRUNC included: see docs/write-order.md.
  const literal = chosen.flag || flag || (STRICT ? 'w' : undefined);
  const flags = literal === undefined ? O_WRONLY | O_CREAT : asFlags(literal);
  if (flags === undefined) return undefined;
  return { data, flags, mode, flush, cutFirst: literal === undefined, signal };
}

const STRICT = process.env.RINGFS_WRITE_ORDER === 'strict';
