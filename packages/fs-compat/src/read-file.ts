/** readFile: everything between the caller's options and one record. */

import { Buffer } from 'node:buffer';
import { constants } from 'node:fs';
import { promisify } from 'node:util';
import { ops, type Path, runtime, systemError } from '@ringfs/core/internal';
import { abortableRead } from './abort.js';
import { atCaller } from './caller.js';
import { hasEngine } from './engine.js';
import { isOurs, own } from './file-handle.js';
import { byNode, failureOf, isTooLarge, node, nodeFs } from './node.js';
import {
  asFlags,
  asOptions,
  asPath,
  asSignal,
  asText,
  type Options,
  READING,
  type Text,
} from './recognise.js';
import { decoded, decodedWhole, wanted } from './text.js';

const { apply } = Reflect;
const { O_NONBLOCK, O_RDONLY } = constants;

interface Plan {
  flags: number;
  text: Text;
  signal: AbortSignal | null;
}

/** What most callers want; no object of its own for each. */
const PLAIN: Plan = Object.freeze({ flags: O_RDONLY, text: 'buffer', signal: null });

/** Without beginReadFile in between: one promise less on the shortest way there is. */
export async function readFile(path: unknown, options: unknown): Promise<Buffer | string> {
  if (isOurs(path)) return await apply(own.readFile, path, [options as BufferEncoding]);
  const where = hasEngine() ? asPath(path) : undefined;
  const plan = where === undefined ? undefined : planOf(options);
  if (where === undefined || plan === undefined) {
    return await byNode(node.readFile(path as string, options as BufferEncoding));
  }
  const { flags, text, signal } = plan;
  try {
    // With a signal the outcome waits for the end of the tick: the caller may abort until then.
    if (signal !== null) return decoded(await begin(where, plan), text);
    const content = ops.readFileNow(where, flags, wanted(text));
    if (content !== undefined) return decoded(content, text);
    const op = ops.readFile(where, flags, wanted(text));
    await runtime().submission.gone;
    return decoded(op.settled ? op.take() : await op.promise, text);
  } catch (error) {
    throw await atCaller(await promiseWords.of(error, path));
  }
}

/** For the callback face, whose failures Node words in its own way. */
export function beginReadFile(path: unknown, options?: unknown): Promise<Buffer | string> | undefined {
  const where = hasEngine() ? asPath(path) : undefined;
  const plan = where === undefined ? undefined : planOf(options, isAbsent);
  if (where === undefined || plan === undefined) return undefined;
  return begin(where, plan).then(
    (content) => decodedWhole(content, plan.text),
    async (error) => {
      throw await callbackWords.of(error, path);
    },
  );
}

/**
 * fs.readFile of a raw descriptor: from its own position on. With a signal it is Node's, which does not tell of an abort
 * here but gives what it has read by then.
 */
export function beginReadDescriptor(fd: number, given?: unknown): Promise<Buffer | string> | undefined {
  const plan = hasEngine() ? planOf(given) : undefined;
  if (plan === undefined || plan.signal !== null) return undefined;
  const { text } = plan;
  return ops.readDescriptor(fd, wanted(text), O_NONBLOCK).promise.then(
    (content) => decodedWhole(content, text),
    async (error) => {
      if (await isUnreadable(fd, error)) return text === 'buffer' ? Buffer.alloc(0) : '';
      throw await callbackWords.of(error, fd);
    },
  );
}

/** A folder, or what is not open for reading: Node does not tell of that here, and has read nothing. */
async function isUnreadable(fd: number, error: unknown): Promise<boolean> {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EBADF') return code === 'EISDIR';
  try {
    await ops.fstat(fd, false).promise;
    return true;
  } catch {
    return false; // it is not open at all
  }
}

function begin(path: Path, { flags, text, signal }: Plan): Promise<Buffer | string> {
  return abortableRead(() => ops.readFile(path, flags, wanted(text)), signal);
}

/** What Node's promise takes for no flag, and what its callback function does: that refuses '', false and NaN. */
const isFalsy = (flag: unknown): boolean => !flag;
const isAbsent = (flag: unknown): boolean => flag === undefined || flag === null;

/** Undefined: Node decides. */
function planOf(given: unknown, isNoFlag = isFalsy): Plan | undefined {
  const options = asOptions(given, READING);
  if (options === undefined) return undefined;
  if (options === READING && isBare(READING)) return PLAIN;
  const text = asText(options.encoding);
  const { flag } = options;
  const flags = isNoFlag(flag) ? O_RDONLY : asFlags(flag);
  const signal = asSignal(options.signal);
  if (text === undefined || flags === undefined || signal === undefined) return undefined;
  if ('buffer' in options) return undefined; // newer Nodes read into a caller's; the others do not ask for it
  return { flags, text, signal };
}

/** Whether nobody has put anything on Object.prototype that Node would take for an option. */
function isBare(options: Options): boolean {
  return options.encoding === undefined && options.signal === undefined && !('buffer' in options);
}

/** How the running Node words what fails after the open; its two faces differ. */
class Words {
  #namesPath: Promise<boolean> | undefined;

  constructor(private readonly read: (path: never) => Promise<unknown>) {}

  async of(error: unknown, path: unknown): Promise<unknown> {
    const { syscall, errno } = error as NodeJS.ErrnoException;
    if (isTooLarge(error)) return failureOf(() => this.read(path as never), error);
    const where = syscall === 'read' && errno !== undefined ? asPath(path) : undefined;
    if (where === undefined || !(await this.#namesPathOfRead())) return error;
    return systemError(-(errno as number), syscall as string, where);
  }

  /** Node 26 names the path of a failed read in places, earlier versions do not: asked once, of a folder. */
  #namesPathOfRead(): Promise<boolean> {
    this.#namesPath ??= failureOf(() => this.read('/' as never), undefined).then((error) =>
      Object.hasOwn(Object(error), 'path'),
    );
    return this.#namesPath;
  }
}

const promiseWords = new Words(node.readFile);
const callbackWords = new Words((path) => promisify(nodeFs.readFile)(path));
