/** readFile: everything between the caller's options and one record. */
import { type Handle, ops } from '@ringfs/core/internal';
import { abortableRead } from './abort.js';
import { named } from './caller.js';
import { hasEngine } from './engine.js';
import { isOurs } from './file-handle.js';
import { byNode, node } from './node.js';
import { asFlags, asOptions, asPath, asSignal, asText, type Text } from './recognise.js';
import { decoded, wanted } from './text.js';

interface Plan {
  begin: () => Handle<Buffer | string>;
  text: Text;
  signal: AbortSignal | null;
}

export async function readFile(path: unknown, options: unknown): Promise<Buffer | string> {
  if (isOurs(path)) return await path.readFile(options as BufferEncoding);
  const plan = hasEngine() ? planOf(path, options) : undefined;
  if (plan === undefined) return await byNode(node.readFile(path as string, options as BufferEncoding));
  try {
    return decoded(await abortableRead(plan.begin, plan.signal), plan.text);
  } catch (error) {
    throw named(await asNodeSays(error, path, options));
  }
}

/** Undefined: Node decides. */
function planOf(path: unknown, given: unknown): Plan | undefined {
  const options = asOptions(given);
  if (options === undefined) return undefined;
  const text = asText(options.encoding);
  const flags = asFlags(options.flag || 'r');
  const signal = asSignal(options.signal);
  if (text === undefined || flags === undefined || signal === undefined) return undefined;
  if (options.buffer !== undefined) return undefined; // Node 24: read into a caller's buffer
  const where = asPath(path);
  if (where === undefined) return undefined;
  return { begin: () => ops.readFile(where, flags, wanted(text)), text, signal };
}

/**
 * Errors after the open are rare, and Node's versions differ in what they tell of them (26 names the path of a failed
 * read, 20 does not): the running Node is asked. If it succeeds after all, our own error stands.
 */
async function asNodeSays(error: unknown, path: unknown, options: unknown): Promise<unknown> {
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (syscall !== 'read' && code !== 'ERR_FS_FILE_TOO_LARGE') return error;
  if ((options as { flag?: unknown } | undefined)?.flag !== undefined) return error;
  try {
    await node.readFile(path as string);
    return error;
  } catch (theirs) {
    return (theirs as NodeJS.ErrnoException).code === code ? theirs : error;
  }
}
