/**
 * The op-level API: raw descriptors and paths, promises, errors as Node's. Arguments are checked for type and range
 * only; for everything that `node:fs/promises` accepts, use `@ringfs/fs-compat/promises`.
 */
import { Buffer } from 'node:buffer';
import { type BigIntStats, constants, type Stats } from 'node:fs';
import { nodeOps } from './node-ops.js';
import * as ops from './ops/index.js';
import type { Path, Pending } from './pending.js';
import { engineNow } from './runtime.js';

export interface TransferOptions {
  /** First byte of the buffer to use; default 0. */
  offset?: number;
  /** Bytes; default: to the end of the buffer. */
  length?: number;
  /** Byte position in the file; default null: the descriptor's own. */
  position?: number | null;
}

export interface ReadFileOptions {
  /** Default: a Buffer. */
  encoding?: BufferEncoding | null;
}

export interface WriteFileOptions {
  /** Default 0o666, less the umask. */
  mode?: number;
  /** fsync(2) before close; default false. */
  flush?: boolean;
  /** Open with O_TRUNC, as Node does, instead of cutting to the new length first; default false. */
  strict?: boolean;
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_TRUNC } = constants;

/** Opens `path`; resolves to a descriptor, which the caller closes. `flags` and `mode` as in open(2). */
export async function open(path: Path, flags: number = O_RDONLY, mode = 0o666): Promise<number> {
  checkPath(path);
  checkInteger('flags', flags, 0, 0x7fffffff);
  checkInteger('mode', mode, 0, 0xffffffff);
  return await settled(engine() ? ops.open(path, flags, mode) : nodeOps.open(path, flags, mode), open);
}

/** Closes a descriptor. It is gone whatever the outcome says. */
export async function close(fd: number): Promise<void> {
  checkDescriptor(fd);
  await settled<unknown>(engine() ? ops.close(fd) : nodeOps.close(fd), close);
}

/** Reads into `buffer`; resolves to the number of bytes read, 0 at the end of the file. */
export async function read(fd: number, buffer: Uint8Array, options: TransferOptions = {}): Promise<number> {
  const { offset, length, position } = checkTransfer(fd, buffer, options);
  if (length === 0) return 0;
  return await settled((engine() ? ops : nodeOps).read(fd, buffer, offset, length, position), read);
}

/** Writes from `buffer`; resolves to the number of bytes written, which may be fewer than asked for. */
export async function write(fd: number, buffer: Uint8Array, options: TransferOptions = {}): Promise<number> {
  const { offset, length, position } = checkTransfer(fd, buffer, options);
  if (length === 0) return 0;
  return await settled((engine() ? ops : nodeOps).write(fd, buffer, offset, length, position), write);
}

/** fsync(2): resolves when content and metadata are on the disk. */
export async function fsync(fd: number): Promise<void> {
  checkDescriptor(fd);
  await settled<unknown>(engine() ? ops.sync(fd, false) : nodeOps.sync(fd, false), fsync);
}

/** fdatasync(2): fsync without metadata that reading the content does not need. */
export async function fdatasync(fd: number): Promise<void> {
  checkDescriptor(fd);
  await settled<unknown>(engine() ? ops.sync(fd, true) : nodeOps.sync(fd, true), fdatasync);
}

export interface StatOptions {
  bigint?: boolean;
  /** false: of a symbolic link itself (lstat); default true. */
  follow?: boolean;
}

/** Of a path, or of a descriptor. */
export async function stat(
  target: Path | number,
  options: StatOptions & { bigint: true },
): Promise<BigIntStats>;
export async function stat(target: Path | number, options?: StatOptions): Promise<Stats>;
export async function stat(target: Path | number, options: StatOptions = {}): Promise<Stats | BigIntStats> {
  const { bigint = false, follow = true } = options;
  const from = engine() ? ops : nodeOps;
  if (typeof target === 'number') {
    checkDescriptor(target);
    return await settled<Stats | BigIntStats>(from.fstat(target, bigint), stat);
  }
  checkPath(target);
  return await settled<Stats | BigIntStats>(from.stat(target, follow, bigint), stat);
}

/** The whole content of a file: a Buffer of its own memory, or text. */
export async function readFile(
  path: Path,
  options: ReadFileOptions & { encoding: BufferEncoding },
): Promise<string>;
export async function readFile(path: Path, options?: ReadFileOptions): Promise<Buffer>;
export async function readFile(path: Path, options: ReadFileOptions = {}): Promise<Buffer | string> {
  checkPath(path);
  const { encoding = null } = options;
  if (!engine()) return await settled(nodeOps.readFile(path, encoding), readFile);
  const wanted = encoding === 'utf8' || encoding === 'latin1' ? encoding : 'buffer';
  const content = await settled(ops.readFile(path, O_RDONLY, wanted), readFile);
  return encoding === null || typeof content === 'string' ? content : content.toString(encoding);
}

/** `data` as the whole content of `path`. See docs/write-order.md for what a reader can see midway. */
export async function writeFile(
  path: Path,
  data: Uint8Array | string,
  options: WriteFileOptions = {},
): Promise<void> {
  checkPath(path);
  const { mode = 0o666, flush = false, strict = false } = options;
  checkInteger('mode', mode, 0, 0xffffffff);
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (!(bytes instanceof Uint8Array)) throw invalid('data', 'a string or a Uint8Array', data);
  if (!engine()) return await settled(nodeOps.writeFile(path, bytes, mode, 'w', flush), writeFile);
  const flags = O_WRONLY | O_CREAT | (strict ? O_TRUNC : 0);
  await settled(ops.writeFile(path, bytes, flags, mode, { flush, cutFirst: !strict }), writeFile);
}

function engine(): boolean {
  return engineNow() ?? false;
}

type Work<T> = Pick<Pending<T>, 'promise'>;

/** Waits, and gives a failure the stack of the function that was called: the engine has no JavaScript frames. */
async function settled<T>(work: Work<T> | Promise<T>, caller: (...args: never[]) => unknown): Promise<T> {
  try {
    return await (work instanceof Promise ? work : work.promise);
  } catch (error) {
    if (error instanceof Error) Error.captureStackTrace(error, caller);
    throw error;
  }
}

function checkPath(path: unknown): asserts path is Path {
  if (typeof path !== 'string' && !(path instanceof Uint8Array))
    throw invalid('path', 'a string or a Uint8Array', path);
  if (typeof path === 'string' ? path.includes('\0') : path.includes(0)) {
    throw Object.assign(new TypeError(`The argument 'path' must be a path without null bytes`), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
  }
}

function checkDescriptor(fd: unknown): void {
  checkInteger('fd', fd, 0, 0x7fffffff);
}

function checkInteger(name: string, value: unknown, min: number, max: number): void {
  if (typeof value !== 'number') throw invalid(name, 'a number', value);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw Object.assign(new RangeError(`"${name}" must be an integer from ${min} to ${max}; got ${value}`), {
      code: 'ERR_OUT_OF_RANGE',
    });
  }
}

function checkTransfer(
  fd: unknown,
  buffer: unknown,
  options: TransferOptions,
): { offset: number; length: number; position: number } {
  checkDescriptor(fd);
  if (!(buffer instanceof Uint8Array)) throw invalid('buffer', 'a Uint8Array', buffer);
  const { offset = 0 } = options;
  checkInteger('offset', offset, 0, buffer.byteLength);
  const { length = buffer.byteLength - offset, position = null } = options;
  checkInteger('length', length, 0, buffer.byteLength - offset);
  if (position !== null) checkInteger('position', position, 0, Number.MAX_SAFE_INTEGER);
  return { offset, length, position: position ?? -1 };
}

function invalid(name: string, wanted: string, got: unknown): Error {
  return Object.assign(
    new TypeError(`"${name}" must be ${wanted}; got ${got === null ? 'null' : typeof got}`),
    {
      code: 'ERR_INVALID_ARG_TYPE',
    },
  );
}
