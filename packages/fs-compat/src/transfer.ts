/** The many signatures of FileHandle.read and FileHandle.write -> one view, offset, length and position. */
import { Buffer } from 'node:buffer';
import { asBytes } from './recognise.js';

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

/** Undefined: Node decides, with its own words for what is wrong. */
export const transferOf = { read: readTransfer, write: writeTransfer };

function readTransfer(args: unknown[]): Transfer | undefined {
  const [first] = args;
  if (ArrayBuffer.isView(first)) {
    const [, second, length, position] = args;
    if (typeof second === 'object' && second !== null) return fromOptions(first, second);
    return complete(first, second, length, position);
  }
  if (first === undefined || first === null) return complete(Buffer.alloc(DEFAULT_BUFFER), 0, undefined, null);
  if (typeof first !== 'object') return undefined;
  const { buffer = Buffer.alloc(DEFAULT_BUFFER) } = first as { buffer?: unknown };
  return fromOptions(buffer, first);
}

function writeTransfer(args: unknown[]): Transfer | undefined {
  const [first, second, third, fourth] = args;
  if (typeof first === 'string') return fromText(first, second, third);
  if (!ArrayBuffer.isView(first) || first.byteLength === 0) return undefined;
  if (typeof second === 'object' && second !== null) return fromOptions(first, second);
  return complete(first, second, third, typeof fourth === 'number' ? fourth : null);
}

/** write(text, position, encoding) */
function fromText(text: string, position: unknown, encoding: unknown): Transfer | undefined {
  const known = encoding === undefined || encoding === null || Buffer.isEncoding(encoding as string);
  if (!known || text.length === 0) return undefined;
  const bytes = Buffer.from(text, (encoding ?? 'utf8') as BufferEncoding);
  const whole = complete(bytes, 0, undefined, typeof position === 'number' ? position : null);
  return whole && { ...whole, buffer: text };
}

function fromOptions(buffer: unknown, options: object): Transfer | undefined {
  const { offset, length, position } = options as Record<string, unknown>;
  return complete(buffer, offset, length, position);
}

function complete(buffer: unknown, from: unknown, count: unknown, at: unknown): Transfer | undefined {
  const view = asBytes(buffer);
  if (view === undefined) return undefined;
  const offset = from ?? 0;
  if (!isInteger(offset) || offset > view.byteLength) return undefined;
  const length = count ?? view.byteLength - offset;
  if (!isInteger(length) || length > view.byteLength - offset) return undefined;
  // An empty buffer is an error to read into, unless nothing is asked for.
  if (view.byteLength === 0 && length !== 0) return undefined;
  const position = asPosition(at);
  return position === undefined ? undefined : { buffer, view, offset, length, position };
}

function isInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function asPosition(at: unknown): number | undefined {
  if (at === null || at === undefined || at === -1) return -1;
  if (typeof at === 'bigint') return at >= 0n && at <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(at) : undefined;
  return Number.isSafeInteger(at) && (at as number) >= 0 ? (at as number) : undefined;
}

/** Ops on a handle's own position, one after the other: each begins where the one before it ended. */
export class InOrder {
  #last: Promise<unknown> | undefined;

  next<T>(begin: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const run = before === undefined ? begin() : before.then(begin, begin);
    const mine = run.catch(() => undefined); // its own caller hears of the error
    this.#last = mine;
    void mine.then(() => {
      if (this.#last === mine) this.#last = undefined;
    });
    return run;
  }
}
