/** readFile: everything between the caller's options and one record. */
import { type Handle, ops, systemError } from '@ringfs/core/internal';
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
    throw named(await asNodeSays(error, path));
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

/** As the running Node words what fails after the open. */
async function asNodeSays(error: unknown, path: unknown): Promise<unknown> {
  const { syscall, code, errno } = error as NodeJS.ErrnoException;
  if (code === 'ERR_FS_FILE_TOO_LARGE') return failureOf(path, error);
  if (syscall !== 'read' || errno === undefined || !(await namesPathOfRead())) return error;
  const where = asPath(path);
  return where === undefined ? error : systemError(-errno, syscall, where);
}

let namesPath: Promise<boolean> | undefined;

/** Node 26 names the path of a failed read, earlier versions do not: asked once, of a folder. */
function namesPathOfRead(): Promise<boolean> {
  namesPath ??= failureOf('/', undefined).then((error) => Object.hasOwn(Object(error), 'path'));
  return namesPath;
}

/** Node's own failure to read `path`, or `otherwise` if it does not fail. */
async function failureOf(path: unknown, otherwise: unknown): Promise<unknown> {
  try {
    await node.readFile(path as string);
    return otherwise;
  } catch (error) {
    return error;
  }
}
