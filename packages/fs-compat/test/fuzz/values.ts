// Arguments as data. A program is printed, replayed from a file and shrunk, so what JSON cannot hold is written as an
// object with a `$`; `materialise` makes the real thing of it, anew for each side.
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { pattern } from './pattern';

export type Value = null | boolean | number | string | Value[] | Tagged | { [key: string]: Value };

export type PathForm = 'absolute' | 'relative' | 'buffer' | 'bytes' | 'url' | 'latin1' | 'url-like';
export type BytesForm =
  | 'Buffer'
  | 'Uint8Array'
  | 'inside'
  | 'Float64Array'
  | 'DataView'
  | 'shared'
  | 'detached'
  | 'resizable'
  | 'ArrayBuffer';
export type SignalForm = 'idle' | 'aborted' | 'aborted with a reason' | 'no signal';

export type Tagged =
  | { $: 'undefined' }
  | { $: 'number'; is: 'NaN' | 'Infinity' | '-Infinity' }
  | { $: 'bigint'; is: string }
  | { $: 'symbol' }
  | { $: 'function' }
  | { $: 'date'; ms: number | null }
  /** Below the twin folder; `latin1` gives bytes that are no UTF-8. */
  | { $: 'path'; at: string; as: PathForm }
  | { $: 'url'; is: string }
  | { $: 'bytes'; length: number; seed: number; as: BytesForm }
  | { $: 'text'; length: number; seed: number }
  | { $: 'signal'; is: SignalForm }
  | { $: 'handle'; slot: number }
  | { $: 'iterable'; of: Value[]; as: 'array iterator' | 'generator' | 'async generator' | 'stream' }
  | { $: 'stringable'; is: string }
  /** cp's filter, glob's exclude: true for names that hold `text`. */
  | { $: 'predicate'; text: string; negate: boolean; async: boolean };

/** What the values of one side are made with. */
export interface Making {
  /** The twin folder. */
  folder: string;
  handles: Map<number, unknown>;
}

export function isTagged(value: unknown): value is Tagged {
  return typeof value === 'object' && value !== null && '$' in value;
}

export function materialise(value: Value, making: Making): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => materialise(item, making));
  if (isTagged(value)) return make(value, making);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, materialise(item, making)]));
}

function make(value: Tagged, making: Making): unknown {
  switch (value.$) {
    case 'undefined':
      return undefined;
    case 'number':
      return Number(value.is);
    case 'bigint':
      return BigInt(value.is);
    case 'symbol':
      return Symbol('fuzz');
    case 'function':
      return function fuzz() {};
    case 'date':
      return new Date(value.ms ?? Number.NaN);
    case 'path':
      return pathOf(value.at, value.as, making.folder);
    case 'url':
      return new URL(value.is);
    case 'bytes':
      return bytesOf(value.length, value.seed, value.as);
    case 'text':
      return textOf(value.length, value.seed);
    case 'signal':
      return signalOf(value.is);
    case 'handle':
      return making.handles.get(value.slot);
    case 'iterable':
      return iterableOf(
        value.of.map((item) => materialise(item, making)),
        value.as,
      );
    case 'stringable':
      return { toString: () => value.is };
    case 'predicate':
      return predicateOf(value.text, value.negate, value.async);
  }
}

/** An absolute name below the twin folder, if it is not one already; nothing in it is resolved. */
function absolute(at: string, folder: string): string {
  if (at.startsWith('/')) return at;
  return at === '' ? folder : `${folder}/${at}`;
}

function pathOf(at: string, as: PathForm, folder: string): unknown {
  const whole = absolute(at, folder);
  switch (as) {
    case 'absolute':
      return whole;
    case 'relative':
      return at;
    case 'buffer':
      return ownMemory(whole, 'utf8');
    case 'bytes':
      return new Uint8Array(Buffer.from(whole));
    case 'latin1':
      return ownMemory(whole, 'latin1');
    case 'url':
      return pathToFileURL(whole);
    case 'url-like':
      return { href: pathToFileURL(whole).href, protocol: 'file:' };
  }
}

/** Not in Node's pool, where the offset depends on what came before. */
function ownMemory(text: string, encoding: BufferEncoding): Buffer {
  const bytes = Buffer.alloc(Buffer.byteLength(text, encoding));
  bytes.write(text, encoding);
  return bytes;
}

function bytesOf(length: number, seed: number, as: BytesForm): unknown {
  const bytes = pattern(length, seed);
  switch (as) {
    case 'Buffer':
      return bytes;
    case 'Uint8Array':
      return new Uint8Array(bytes);
    case 'inside': {
      const around = Buffer.alloc(length + 8, 0x5f);
      bytes.copy(around, 3);
      return around.subarray(3, 3 + length);
    }
    case 'Float64Array':
      return new Float64Array(new Uint8Array(bytes).buffer.slice(0, length - (length % 8)));
    case 'DataView':
      return new DataView(new Uint8Array(bytes).buffer);
    case 'shared': {
      const shared = new Uint8Array(new SharedArrayBuffer(length));
      shared.set(bytes);
      return shared;
    }
    case 'detached': {
      const whole = new Uint8Array(bytes);
      structuredClone(whole.buffer, { transfer: [whole.buffer] });
      return whole;
    }
    case 'resizable': {
      const buffer = new ResizableBuffer(length, { maxByteLength: length + 64 });
      new Uint8Array(buffer).set(bytes);
      return new Uint8Array(buffer);
    }
    case 'ArrayBuffer':
      return new Uint8Array(bytes).buffer;
  }
}

// The types of the library that we compile against do not know it yet; every supported Node does.
const ResizableBuffer = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => ArrayBuffer;

function textOf(length: number, seed: number): string {
  const alphabet = seed % 3 === 0 ? 'aé€😀\ud800\n' : 'abc\n';
  return Array.from({ length }, (_, i) => alphabet[(i * 7 + seed) % alphabet.length]).join('');
}

function signalOf(is: SignalForm): unknown {
  switch (is) {
    case 'idle':
      return new AbortController().signal;
    case 'aborted':
      return AbortSignal.abort();
    case 'aborted with a reason':
      return AbortSignal.abort(new RangeError('a reason'));
    case 'no signal':
      return { aborted: false };
  }
}

function iterableOf(items: unknown[], as: 'array iterator' | 'generator' | 'async generator' | 'stream') {
  switch (as) {
    case 'array iterator':
      return items[Symbol.iterator]();
    case 'generator':
      return (function* () {
        yield* items;
      })();
    case 'async generator':
      return (async function* () {
        for (const item of items) yield await item;
      })();
    case 'stream':
      return Readable.from(items.filter((item) => item !== null));
  }
}

function predicateOf(text: string, negate: boolean, later: boolean): (name: unknown) => unknown {
  const answer = (given: unknown): boolean => {
    const name = typeof given === 'object' && given !== null ? (given as { name?: unknown }).name : given;
    return String(name).includes(text) !== negate;
  };
  return later ? (name) => Promise.resolve(answer(name)) : answer;
}
