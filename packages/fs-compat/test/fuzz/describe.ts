// What can be seen of a value from outside, as plain data: two sides are compared, and shown, in this form.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import * as util from 'node:util';

export type Description = null | boolean | number | string | Description[] | { [key: string]: Description };

/** A time that a program set lies far from today; any other one is the clock's, and says nothing. */
const DAY = 86_400_000;
const recent = (ms: number): boolean => Math.abs(ms - Date.now()) < DAY;

const bigIntStatsPrototype: unknown = Object.getPrototypeOf(fs.statSync('/', { bigint: true }));

const statFsPrototype: unknown = Object.getPrototypeOf(fs.statfsSync('/'));

/** `given`: the objects that the program passed, so that a result that is one of them can be told. */
export function describe(value: unknown, given: readonly unknown[] = [], depth = 0): Description {
  switch (typeof value) {
    case 'string':
      return ofText(value);
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : `number ${util.inspect(value)}`;
    case 'bigint':
      return `${value}n`;
    case 'function':
      return `function ${value.name} of ${value.length}`;
    case 'object':
      break;
    default:
      return String(value);
  }
  if (value === null) return null;
  if (depth > 6) return '(deep)';
  const place = given.indexOf(value);
  const next = (item: unknown): Description => describe(item, given, depth + 1);
  const shown = ofObject(value, next);
  return place === -1 ? shown : { 'the given object': place, shown };
}

function ofText(text: string): Description {
  if (text.length <= 600) return text;
  const sum = createHash('sha1').update(Buffer.from(text, 'utf16le')).digest('hex');
  return `text of ${text.length}, sha1 ${sum}, beginning ${text.slice(0, 40)}`;
}

function ofObject(value: object, next: (item: unknown) => Description): Description {
  if (util.types.isNativeError(value) || value instanceof DOMException) return ofError(value, next);
  if (ArrayBuffer.isView(value)) return ofView(value);
  if (util.types.isDate(value)) {
    const ms = value.getTime();
    return `date ${recent(ms) ? 'of today' : ms}`;
  }
  if (util.types.isAnyArrayBuffer(value)) return `ArrayBuffer of ${value.byteLength}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === fs.Stats.prototype || prototype === bigIntStatsPrototype)
    return ofStats(value as fs.Stats, next);
  if (prototype === statFsPrototype) return ofStatFs(value, next);
  if (value instanceof fs.Dirent) return ofMembers('Dirent', value, next);
  if (value instanceof fs.Dir) return { type: 'Dir', path: next(value.path), kind: value.constructor.name };
  if (isFileHandle(value)) return ofHandle(value);
  if (Array.isArray(value)) return value.map(next);
  const name = prototype === null ? 'null' : (value.constructor?.name ?? 'none');
  return ofMembers(`prototype ${name}`, value, next);
}

function ofMembers(type: string, value: object, next: (item: unknown) => Description): Description {
  const own = value as Record<string | symbol, unknown>;
  const members = Reflect.ownKeys(value).map((key) => [String(key), next(own[key])]);
  return { type, members: members as Description };
}

function ofView(view: ArrayBufferView): Description {
  if (isDetached(view.buffer)) return `${view.constructor.name}, detached`;
  const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return {
    type: Buffer.isBuffer(view) ? 'Buffer' : view.constructor.name,
    length: bytes.length,
    content: bytes.length <= 48 ? bytes.toString('hex') : createHash('sha1').update(bytes).digest('hex'),
    memory: memoryOf(view),
  };
}

/** What a Buffer says that fills its ArrayBuffer: it can be transferred, and wrapped, as a whole. */
export const ITS_OWN = 'its own: byteOffset 0, buffer.byteLength its length';

function memoryOf({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  if (byteOffset === 0 && buffer.byteLength === byteLength) return ITS_OWN;
  // Where in Node's pool something small lies depends on what came before.
  const aroundPool = buffer.byteLength >= Buffer.poolSize && buffer.byteLength <= Buffer.poolSize + 64;
  const pooled = aroundPool && byteLength < Buffer.poolSize;
  return pooled ? "in Node's pool" : `byteOffset ${byteOffset}, buffer.byteLength ${buffer.byteLength}`;
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** Order counts: it is what console.log shows. */
function ofError(error: Error | DOMException, next: (item: unknown) => Description): Description {
  const own = error as unknown as Record<string, unknown>;
  if (own.syscall === 'mkdtemp') return ofMkdtempError(error, next);
  const shown: Record<string, Description> = {
    name: error.name,
    type: error.constructor.name,
    message: next(error.message),
    enumerable: Object.keys(error).map((key) => [key, next(own[key])]),
    headline: next(String(error.stack ?? '').split('\n')[0]),
  };
  for (const key of ['code', 'errno', 'syscall', 'path', 'dest', 'info', 'cause', 'errors'])
    if (key in own) shown[key] = next(own[key]);
  return shown;
}

/** Its path ends with six characters that are random. */
function ofMkdtempError(error: Error | DOMException, next: (item: unknown) => Description): Description {
  const own = Object.entries(error).map(([key, item]) => [
    key,
    next(String(item).replace(/\w{6}$/, 'RANDOM')),
  ]);
  return { name: error.name, message: error.message.replace(/\w{6}'$/, "RANDOM'"), own: own as Description };
}

/** A FileHandle as its user sees it; the number of its descriptor is the process's own affair. */
function ofHandle(handle: FileHandle): Description {
  const { fd } = handle;
  return {
    type: handle.constructor.name,
    own: Object.getOwnPropertyNames(handle).sort(),
    fd: fd >= 0 ? 'a descriptor' : describe(fd),
  };
}

/** Differs between two folders that are alike; the time of the last look, with who came first. */
const VOLATILE = /^(?:ino|blocks|birthtime.*|[ac]time.*)$/;

function ofStats(stats: fs.Stats, next: (item: unknown) => Description): Description {
  const own = stats as unknown as Record<string, unknown>;
  const members = Reflect.ownKeys(stats).map((key) => {
    const { value, ...flags } = Object.getOwnPropertyDescriptor(stats, key) as PropertyDescriptor;
    return [String(key), flags.enumerable === true, 'get' in flags, next(calm(String(key), value))];
  });
  const dates = ['atime', 'mtime', 'ctime', 'birthtime'].map((key) => next(calm(key, own[key])));
  const is = Object.getOwnPropertyNames(fs.Stats.prototype).filter((name) => /^is[A-Z]/.test(name));
  return {
    type: Object.getPrototypeOf(stats) === bigIntStatsPrototype ? 'BigIntStats' : 'Stats',
    members: members as Description,
    dates,
    is: [...is, 'isFile'].filter((name) => (own[name] as (() => boolean) | undefined)?.call(stats) === true),
  };
}

/** How much is free changes while one looks. */
function ofStatFs(value: object, next: (item: unknown) => Description): Description {
  const members = Object.entries(value).map(([key, item]) => [
    key,
    /free|avail/.test(key) ? typeof item : next(item),
  ]);
  return { type: 'StatFs', members: members as Description };
}

/** A member of Stats without what chance and the clock put into it. */
function calm(key: string, value: unknown): unknown {
  if (VOLATILE.test(key)) return typeof value;
  if (/Ms$/.test(key) && recent(Number(value))) return `${typeof value} of today`;
  if (/^Symbol/.test(key)) return typeof value; // the nanoseconds of Node's own getters
  if (/Ns$/.test(key) && recent(Number(value) / 1e6)) return `${typeof value} of today`;
  return value;
}

export function isFileHandle(value: unknown): value is FileHandle {
  return (
    typeof value === 'object' &&
    value !== null &&
    'fd' in value &&
    typeof (value as { getAsyncId?: unknown }).getAsyncId === 'function'
  );
}
