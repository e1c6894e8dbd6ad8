/**
 * Recognises the plain arguments that our lanes take. Whatever is not recognised goes to the running Node unchanged:
 * it knows what is an error, with which words, and what a newer version has added.
 */

import { Buffer } from 'node:buffer';
import { constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { globals, type Path, tableOf } from '@ringfs/core/internal';

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = constants;

/** Node's flag strings (its lib/internal/fs/utils.js, stringToFlags). */
const FLAGS = tableOf<number>({
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  sr: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  'sr+': O_RDWR | O_SYNC,
  w: O_TRUNC | O_CREAT | O_WRONLY,
  wx: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  xw: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  'w+': O_TRUNC | O_CREAT | O_RDWR,
  'wx+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  'xw+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  a: O_APPEND | O_CREAT | O_WRONLY,
  ax: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  xa: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  as: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  sa: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  'a+': O_APPEND | O_CREAT | O_RDWR,
  'ax+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'xa+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'as+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
  'sa+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
});

/** Of Linux, limits.h, with the zero at the end: what is longer fails, but first with what else the running Node finds wrong. */
export const PATH_MAX = 4096;

/** A path as the engine takes it, or undefined if Node has to decide. */
export function asPath(path: unknown): Path | undefined {
  const given = asPathOfAnyLength(path);
  return given === undefined || given.length > PATH_MAX ? undefined : given;
}

export function asPathOfAnyLength(path: unknown): Path | undefined {
  if (typeof path === 'string') return path.includes('\0') ? undefined : path;
  if (path instanceof globals.Uint8Array) return path.includes(0) ? undefined : path;
  if (isFileUrl(path)) {
    try {
      const decoded = fileURLToPath(path);
      return decoded.includes('\0') ? undefined : decoded;
    } catch {
      return undefined; // Node says what is wrong with it
    }
  }
  return undefined;
}

function isFileUrl(value: unknown): value is URL {
  return value instanceof globals.URL && value.protocol === 'file:';
}

/** A descriptor as the engine takes it, or undefined if Node has to decide. */
export function asDescriptor(fd: unknown): number | undefined {
  return typeof fd === 'number' && (fd | 0) === fd && fd >= 0 ? fd : undefined;
}

/** open(2) flags, or undefined if Node has to decide. */
export function asFlags(flags: unknown): number | undefined {
  if (typeof flags === 'number') return (flags | 0) === flags && flags >= 0 ? flags : undefined;
  return typeof flags === 'string' ? FLAGS[flags] : undefined;
}

/** A file mode, or undefined if Node has to decide. */
export function asMode(mode: unknown, fallback: number): number | undefined {
  return mode === undefined ? fallback : asFileMode(mode);
}

/** The same where there has to be one. */
export function asFileMode(mode: unknown): number | undefined {
  const bits = typeof mode === 'string' && /^[0-7]+$/.test(mode) ? Number.parseInt(mode, 8) : mode;
  return typeof bits === 'number' && bits >>> 0 === bits ? bits : undefined;
}

/** A user and a group, each -1 to be left as it is; undefined: Node decides. */
export function asOwner(uid: unknown, gid: unknown): { uid: number; gid: number } | undefined {
  return isId(uid) && isId(gid) ? { uid, gid } : undefined;
}

function isId(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= -1 && id <= 0xffffffff;
}

/** What a reader wants: a Buffer, text the engine decodes, or text that Buffer decodes; undefined: Node decides. */
export type Text = 'buffer' | 'utf8' | 'latin1' | { encoding: BufferEncoding };

const TEXTS = tableOf<Text>({ utf8: 'utf8', 'utf-8': 'utf8', latin1: 'latin1', binary: 'latin1' });

export function asText(encoding: unknown): Text | undefined {
  if (encoding === undefined || encoding === null) return 'buffer';
  if (typeof encoding !== 'string') return undefined;
  return TEXTS[encoding] ?? (Buffer.isEncoding(encoding) ? { encoding } : undefined);
}

/** The signal of an op that may begin: none, or one that has not fired; undefined if Node has to decide. */
export function asSignal(signal: unknown): AbortSignal | null | undefined {
  if (signal === undefined) return null;
  // A proxy of one cannot be listened to: Node only looks at it now and then.
  return isSignal(signal) && !types.isProxy(signal) && !signal.aborted ? signal : undefined;
}

let signalClass: unknown;

/** By the class as it is at the first call with a signal: Node 20 makes it when it is first asked for. */
function isSignal(value: unknown): value is AbortSignal {
  signalClass ??= globalThis.AbortSignal;
  return typeof signalClass === 'function' && value instanceof signalClass;
}

/** A view's bytes as a Uint8Array over the same memory; undefined if it is no view, of shared memory, or detached. */
export function asBytes(view: unknown): Uint8Array | undefined {
  if (!ArrayBuffer.isView(view)) return undefined;
  // Shared memory can change while it is copied, on another thread: Node decides.
  if (!isArrayBuffer(view.buffer) || isDetached(view.buffer)) return undefined;
  return view instanceof globals.Uint8Array
    ? view
    : new globals.Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function isArrayBuffer(buffer: ArrayBufferLike): buffer is ArrayBuffer {
  return Object.prototype.toString.call(buffer) === '[object ArrayBuffer]';
}

/** Whether the memory has gone elsewhere: where that is an error Node says so, and not everywhere is it one. */
function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength !== 0) return false;
  try {
    new globals.Uint8Array(buffer);
    return false;
  } catch {
    return true; // the one way to see it on Node 20
  }
}

export type Options = Readonly<Record<string, unknown>>;

/** No options: an object that inherits nothing, whatever a program has put on Object.prototype. */
export const NONE: Options = Object.freeze({ __proto__: null });

/**
 * What a call without options has, by function, as in Node: what stands here shadows what a program has put on
 * Object.prototype, and the rest is inherited from there. Undefined is our own default.
 */
export const READING: Options = Object.freeze({ flag: undefined });
export const WRITING: Options = Object.freeze({
  encoding: 'utf8',
  mode: 0o666,
  flag: undefined,
  flush: false,
});
export const APPENDING: Options = Object.freeze({ encoding: 'utf8', mode: 0o666, flag: undefined });

/** An options argument as an object, where it is one, a string (an encoding) or absent; else undefined. */
export function asOptions(options: unknown, defaults = NONE): Options | undefined {
  if (options === undefined || options === null) return defaults;
  if (typeof options === 'string') return { ...defaults, encoding: options };
  return typeof options === 'object' ? (options as Options) : undefined;
}

/** Data that is wholly in memory, as bytes. */
export function asData(data: unknown, encoding: unknown): Uint8Array | undefined {
  if (typeof data !== 'string') return encoding == null || isEncoding(encoding) ? asBytes(data) : undefined;
  if (encoding === undefined || encoding === null) return Buffer.from(data, 'utf8');
  return isEncoding(encoding) ? Buffer.from(data, encoding) : undefined;
}

function isEncoding(encoding: unknown): encoding is BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding);
}

/**
 * Whether 64-bit integers are wanted of a stat; undefined: Node decides (a wrong type, other options). Which of the others
 * it looks at differs by version and function, so none is asked for its value here: it may be a getter.
 */
export function asBigint(options: unknown): boolean | undefined {
  if (options === undefined) return false;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return undefined;
  if ('signal' in options || 'throwIfNoEntry' in options || 'encoding' in options) return undefined;
  return asBigintAlone(options);
}

/** The same of a statfs, which knows no other option. */
export function asBigintAlone(options: unknown): boolean | undefined {
  if (options === undefined) return false;
  if (typeof options !== 'object' || options === null) return undefined;
  const { bigint } = options as Options;
  if (bigint === undefined) return false;
  return typeof bigint === 'boolean' ? bigint : undefined;
}
