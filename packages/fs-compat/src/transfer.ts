/** The many signatures of FileHandle.read and FileHandle.write -> one view, offset, length and position. */
import { Buffer } from 'node:buffer';
import { asBytes, NONE, type Options } from './recognise.js';

export interface Transfer {
  /** What the caller gave, for the result. */
  buffer: unknown;
  view: Uint8Array;
  /** Bytes. */
  offset: number;
  /** Bytes. */
  length: number;
  /** Byte position, or -1 for the handle's own. */
  position: number;
}

/** What `read()` without a buffer reads into; the size is Node's. */
const DEFAULT_BUFFER = 16_384;

/** FileHandle.read's arguments. Undefined: Node decides, with its own words for what is wrong. */
export function readTransfer(
  first: unknown,
  second: unknown,
  third: unknown,
  fourth: unknown,
): Transfer | undefined {
  if (ArrayBuffer.isView(first)) {
    if (typeof second === 'object' && second !== null) return fromOptions(first, second);
    return complete(first, second, third, fourth);
  }
  if (first === undefined || first === null)
    return complete(Buffer.alloc(DEFAULT_BUFFER), 0, undefined, null);
  if (typeof first !== 'object' || Array.isArray(first)) return undefined;
  const { buffer = Buffer.alloc(DEFAULT_BUFFER) } = first as { buffer?: unknown };
  return fromOptions(buffer, first);
}

/** FileHandle.write's arguments; as above. Node takes a length or position that is no number as left out. */
export function writeTransfer(
  first: unknown,
  second: unknown,
  third: unknown,
  fourth: unknown,
): Transfer | undefined {
  if (typeof first === 'string') return fromText(first, second, third);
  if (!ArrayBuffer.isView(first) || first.byteLength === 0) return undefined;
  let [offset, length, position] = [second, third, fourth];
  // null too is taken as options, empty ones, with which what comes after it does not count.
  if (typeof second === 'object') ({ offset, length, position } = (second ?? NONE) as Options);
  if (typeof length === 'number' && !Number.isInteger(length)) return undefined;
  return complete(first, offset, asNumber(length), asNumber(position));
}

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** write(text, position, encoding) */
function fromText(text: string, position: unknown, encoding: unknown): Transfer | undefined {
  const known = encoding === undefined || encoding === null || TEXT_ENCODINGS.has(encoding);
  if (!known || text.length === 0) return undefined;
  const bytes = Buffer.from(text, (encoding ?? 'utf8') as BufferEncoding);
  const whole = complete(bytes, 0, undefined, asNumber(position));
  return whole && { ...whole, buffer: text };
}

/** Encodings in which every string has bytes; of the others Node refuses some strings. */
const TEXT_ENCODINGS: ReadonlySet<unknown> = new Set([
  'utf8',
  'utf-8',
  'latin1',
  'binary',
  'ascii',
  'utf16le',
  'ucs2',
]);

function fromOptions(buffer: unknown, options: object): Transfer | undefined {
  const { offset, length, position } = options as Record<string, unknown>;
  return complete(buffer, offset, length, position);
}

function complete(buffer: unknown, from: unknown, count: unknown, at: unknown): Transfer | undefined {
  const view = asBytes(buffer);
  if (view === undefined) return undefined;
  const offset = from ?? 0;
  if (!isInteger(offset) || offset > view.byteLength) return undefined;
  // Up to version 24 Node aborts the process on a length that is no integer; 26 takes `length | 0`, and so do we.
  const asked = count ?? view.byteLength - offset;
  const length = Number.isInteger(asked) ? asked : (asked as number) | 0;
  if (!isInteger(length) || length > view.byteLength - offset) return undefined;
  // An empty buffer is an error to read into, unless nothing is asked for.
  if (view.byteLength === 0 && length !== 0) return undefined;
  const position = asPosition(at);
  return position === undefined ? undefined : { buffer, view, offset, length, position };
}

function isInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

/** A position as a number; undefined: Node decides. On a bigint its versions differ. */
export function asPosition(at: unknown): number | undefined {
  if (at === null || at === undefined || at === -1) return -1;
  return Number.isSafeInteger(at) && (at as number) >= 0 ? (at as number) : undefined;
}
