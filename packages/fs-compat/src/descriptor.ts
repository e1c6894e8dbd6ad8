/**
 * The functions of node:fs that take a raw descriptor. The engine duplicates it for work that leaves the loop thread, so
 * a close meanwhile takes nothing away from an op that has been handed over.
 */
import { Buffer } from 'node:buffer';
import type { BigIntStats, Stats } from 'node:fs';
import { ops } from '@ringfs/core/internal';
import { hasEngine } from './engine.js';
import { asBigint, asBytes, asDescriptor, asFileMode, asOwner, NONE } from './recognise.js';
import { asSeconds } from './seconds.js';
import { inMainThread } from './thread.js';
import { asPosition, writeTransfer } from './transfer.js';
import { asVector, readVector, writeVector } from './vector.js';

/** The descriptor of an op that may begin; undefined: Node decides. */
function ready(fd: unknown): number | undefined {
  return hasEngine() ? asDescriptor(fd) : undefined;
}

/** Not in workers: see beginOpenDescriptor. */
export function beginClose(fd: unknown): Promise<void> | undefined {
  const which = inMainThread() ? ready(fd) : undefined;
  return which === undefined ? undefined : ops.close(which).promise;
}

export function beginFstat(fd: unknown, options?: unknown): Promise<Stats | BigIntStats> | undefined {
  const which = ready(fd);
  const bigint = asBigint(options);
  return which === undefined || bigint === undefined ? undefined : ops.fstat(which, bigint).promise;
}

export function beginFsync(fd: unknown): Promise<void> | undefined {
  const which = ready(fd);
  return which === undefined ? undefined : ops.sync(which, false).promise;
}

export function beginFdatasync(fd: unknown): Promise<void> | undefined {
  const which = ready(fd);
  return which === undefined ? undefined : ops.sync(which, true).promise;
}

export function beginFtruncate(fd: unknown, length: unknown = 0): Promise<void> | undefined {
  const which = ready(fd);
  if (which === undefined || !Number.isSafeInteger(length)) return undefined;
  return ops.truncate(which, Math.max(0, length as number)).promise;
}

export function beginFchmod(fd: unknown, mode: unknown): Promise<void> | undefined {
  const which = ready(fd);
  const bits = asFileMode(mode);
  return which === undefined || bits === undefined ? undefined : ops.fchmod(which, bits).promise;
}

export function beginFchown(fd: unknown, uid: unknown, gid: unknown): Promise<void> | undefined {
  const which = ready(fd);
  const owner = asOwner(uid, gid);
  if (which === undefined || owner === undefined) return undefined;
  return ops.fchown(which, owner.uid, owner.gid).promise;
}

export function beginFutimes(fd: unknown, atime: unknown, mtime: unknown): Promise<void> | undefined {
  const which = ready(fd);
  const accessed = which === undefined ? undefined : asSeconds(atime);
  const modified = accessed === undefined ? undefined : asSeconds(mtime);
  if (which === undefined || accessed === undefined || modified === undefined) return undefined;
  return ops.futimes(which, accessed, modified).promise;
}

/** What a callback is told, in every case. */
export interface Moved {
  error: unknown;
  count: number;
  buffer: unknown;
}

function moved(op: Promise<number>, buffer: unknown): Promise<Moved> {
  return op.then(
    (count) => ({ error: null, count, buffer }),
    (error) => ({ error, count: 0, buffer }),
  );
}

/** What `read` without a buffer reads into; the size is Node's. */
const DEFAULT_BUFFER = 16_384;

/**
 * fs.read: (fd), (fd, options), (fd, buffer), (fd, buffer, options) and (fd, buffer, offset, length, position). Only
 * what is exact: on the rest this function and FileHandle.read differ.
 */
export function beginRead(...args: unknown[]): Promise<Moved> | undefined {
  const which = ready(args[0]);
  const plan = which === undefined ? undefined : readPlan(args);
  const view = plan && asBytes(plan.buffer);
  if (which === undefined || plan === undefined || view === undefined) return undefined;
  const { buffer, offset = 0, length = view.byteLength - (offset as number), position } = plan;
  const at = typeof position === 'bigint' ? asPosition(numberOf(position)) : asPosition(position);
  if (!isCount(offset) || !isCount(length) || at === undefined) return undefined;
  if (length === 0 || offset + length > view.byteLength) return undefined;
  return moved(ops.read(which, view, offset, length, at).promise, buffer);
}

/** Every version's fs.read takes a bigint; one that is no exact number, and -1n, are left to it. */
function numberOf(position: bigint): unknown {
  return position >= 0n ? Number(position) : position;
}

interface ReadPlan {
  buffer: unknown;
  offset?: unknown;
  length?: unknown;
  position?: unknown;
}

function readPlan(args: unknown[]): ReadPlan | undefined {
  const [, buffer, second, length, position] = args;
  const isView = ArrayBuffer.isView(buffer);
  switch (args.length) {
    case 1:
      return asReadOptions(NONE, undefined);
    case 2:
      return isView ? asReadOptions(NONE, buffer) : asReadOptions(buffer ?? NONE, undefined);
    case 3:
      return isView ? asReadOptions(second, buffer) : undefined;
    case 5:
      // Without a length nothing is read, and Node has its own way to say so.
      return length === undefined ? undefined : { buffer, offset: second, length, position };
    default:
      return undefined;
  }
}

function asReadOptions(options: unknown, view: unknown): ReadPlan | undefined {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return undefined;
  const { buffer = Buffer.alloc(DEFAULT_BUFFER), offset, length, position } = options as Partial<ReadPlan>;
  return { buffer: view ?? buffer, offset, length, position };
}

/** A number of bytes as libuv takes it in one call. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value && value >= 0;
}

/** fs.write: of a view as FileHandle.write, of text (fd, text, position, encoding) and nothing behind it. */
export function beginWrite(...args: unknown[]): Promise<Moved> | undefined {
  const which = ready(args[0]);
  if (which === undefined || (typeof args[1] === 'string' && args.length > 4)) return undefined;
  const transfer = writeTransfer(args[1], args[2], args[3], args[4]);
  if (transfer === undefined || transfer.length === 0) return undefined;
  const { view, offset, length, position, buffer } = transfer;
  return moved(ops.write(which, view, offset, length, position).promise, buffer);
}

export function beginReadv(fd: unknown, buffers: unknown, position?: unknown): Promise<Moved> | undefined {
  const which = ready(fd);
  const vector = which === undefined ? undefined : asVector(buffers, position);
  if (which === undefined || vector === undefined) return undefined;
  return moved(readVector(which, vector), buffers);
}

export function beginWritev(fd: unknown, buffers: unknown, position?: unknown): Promise<Moved> | undefined {
  const which = ready(fd);
  const vector = which === undefined ? undefined : asVector(buffers, position);
  if (which === undefined || vector === undefined) return undefined;
  return moved(writeVector(which, vector), buffers);
}
