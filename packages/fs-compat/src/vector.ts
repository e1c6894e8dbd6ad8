/** readv and writev: several views as one, through memory of ours, so that one op (and one system call) does it. */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { ops } from '@ringfs/core/internal';
import { asBytes } from './recognise.js';

export interface Vector {
  views: Uint8Array[];
  /** Bytes. */
  total: number;
  /** Byte position, or -1 for the descriptor's own. */
  position: number;
}

/** UIO_MAXIOV of Linux, uio.h: of more views one call takes only these. */
const VIEWS_MAX = 1024;
/** What would need more memory of ours than this is left to Node, which needs none. */
const STAGED_MAX = 16 << 20;

/** The arguments of readv and writev. Undefined: Node decides. */
export function asVector(buffers: unknown, position: unknown): Vector | undefined {
  if (!Array.isArray(buffers) || buffers.length > VIEWS_MAX) return undefined;
  const at = asOwnOrGiven(position);
  if (at === undefined) return undefined;
  const views: Uint8Array[] = [];
  let total = 0;
  for (const buffer of buffers) {
    const view = bytesOf(buffer);
    if (view === undefined) return undefined;
    if (view.byteLength === 0) continue; // or out of bounds: nothing can be copied from it, not even nothing
    views.push(view);
    total += view.byteLength;
  }
  if (total === 0 || (views.length > 1 && total > STAGED_MAX)) return undefined;
  return { views, total, position: at };
}

const lengthIn = (prototype: object) =>
  Object.getOwnPropertyDescriptor(prototype, 'byteLength')?.get as (this: ArrayBufferView) => number;
const typedLength = lengthIn(Object.getPrototypeOf(Uint8Array.prototype));
const dataLength = lengthIn(DataView.prototype);

/**
 * Undefined too for a view whose class has a length of its own, and for a DataView that its memory has become too small
 * for: Node never asks either of them here.
 */
function bytesOf(buffer: unknown): Uint8Array | undefined {
  if (!ArrayBuffer.isView(buffer)) return undefined;
  try {
    const length = Reflect.apply(types.isDataView(buffer) ? dataLength : typedLength, buffer, []);
    return length === buffer.byteLength ? asBytes(buffer) : undefined;
  } catch {
    return undefined;
  }
}

/** Here Node takes a position that is no number, a bigint too, as none. */
function asOwnOrGiven(position: unknown): number | undefined {
  if (typeof position !== 'number') return -1;
  return Number.isSafeInteger(position) && position >= 0 ? position : undefined;
}

/** Resolves to the bytes read. */
export async function readVector(fd: number, { views, total, position }: Vector): Promise<number> {
  if (views.length === 1) return ops.read(fd, views[0] as Uint8Array, 0, total, position).promise;
  const lengths = views.map((view) => view.byteLength);
  const staging = Buffer.allocUnsafeSlow(total);
  const n = await ops.read(fd, staging, 0, total, position).promise;
  return scatter(staging.subarray(0, n), views, lengths);
}

/** Resolves to the bytes written. */
export function writeVector(fd: number, { views, total, position }: Vector): Promise<number> {
  const whole = views.length === 1 ? (views[0] as Uint8Array) : Buffer.concat(views, total);
  return ops.write(fd, whole, 0, total, position).promise;
}

/** Fills one view after the other; one that user code has shrunk meanwhile ends it. Returns the bytes that fitted. */
function scatter(bytes: Buffer, views: Uint8Array[], lengths: number[]): number {
  let done = 0;
  for (const [index, view] of views.entries()) {
    const wanted = lengths[index] as number;
    const part = bytes.subarray(done, done + Math.min(wanted, view.byteLength));
    if (part.byteLength > 0) view.set(part); // of a detached view even nothing is too much
    done += part.byteLength;
    if (view.byteLength < wanted) break;
  }
  return done;
}
