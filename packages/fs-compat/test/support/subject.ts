// The subject of the behaviour suite, its oracle, and the comparison of the two.
//
// Every test runs its call twice: once on the subject (ringfs, or bare Node to check the suite itself) and once on the
// oracle (the functions of the running Node), each in a folder of its own that was prepared in the same way. What can be
// seen from outside must then be the same: the value or the error, how it came (rejection, synchronous throw), and the
// folder afterwards.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import * as path from 'node:path';
import * as util from 'node:util';

export type FsPromises = typeof import('node:fs/promises');

/** 'node': the suite checks itself against bare Node. 'ringfs': everything else. */
export const subjectName: 'node' | 'ringfs' = process.env.RINGFS_SUBJECT === 'node' ? 'node' : 'ringfs';
export const lane: string = process.env.RINGFS_LANE || 'auto';
export const backend: string = process.env.RINGFS_BACKEND || 'auto';
/** What `require` and `import` take to get the subject. */
export const subjectSpecifier = subjectName === 'node' ? 'node:fs/promises' : '@ringfs/fs-compat/promises';

/** The running Node's functions, taken at load, so that nobody's later patch becomes our oracle. */
export const bare: FsPromises = { ...(require('node:fs/promises') as FsPromises) };
export const fsp: FsPromises =
  subjectName === 'node' ? bare : (require('@ringfs/fs-compat/promises') as FsPromises);

/** The same of node:fs. */
export const subjectFsSpecifier = subjectName === 'node' ? 'node:fs' : '@ringfs/fs-compat';
export const subjectFs = require(subjectFsSpecifier) as typeof fs;

export const nodeMajor = Number(process.versions.node.split('.')[0]);

/**
 * For the few promises that ringfs makes and bare Node does not. Skipped, visibly, where Node itself serves the calls.
 */
export const testBeyondNode: jest.It = subjectName === 'node' || backend === 'node' ? test.skip : test;

// ------------------------------------------------------------------------------------------------ folders

const packageDir = path.resolve(__dirname, '..', '..');
const base = process.env.RINGFS_TEST_BASE || path.resolve(__dirname, '..');
let home = '';
let count = 0;

/**
 * A fresh folder on the checkout's own filesystem (os.tmpdir is often a tmpfs), or below RINGFS_TEST_BASE; removed after
 * the test file.
 */
export function tempDir(): string {
  if (home === '') {
    removeLeftovers();
    home = fs.mkdtempSync(path.join(base, `tmp-${process.pid}-`));
  }
  const dir = path.join(home, String(++count));
  fs.mkdirSync(dir);
  return dir;
}

afterAll(() => {
  if (home !== '') fs.rmSync(home, { recursive: true, force: true, maxRetries: 3 });
});

/** A run that was killed could not tidy up: the next one does. */
function removeLeftovers(): void {
  for (const name of fs.readdirSync(base)) {
    const pid = /^tmp-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !fs.existsSync(`/proc/${pid}`)) removeLeftover(path.join(base, name));
  }
}

/** Of a test that was killed amid it there may be more than rmSync can: a file made immutable, a path beyond PATH_MAX. */
function removeLeftover(dir: string): void {
  try {
    fs.rmSync(dir, { recursive: true, force: true });
  } catch {
    execFile('sh', ['-c', 'chattr -R -i "$1"; rm -rf "$1"', 'sh', dir], () => {}); // or it stays: nobody looks there
  }
}

const fifos: string[] = [];

/** Node has no mkfifo, and a process for each would cost more than the tests do. */
export function mkfifo(file: string): string {
  if (fifos.length === 0) {
    const store = tempDir();
    fifos.push(...Array.from({ length: 32 }, (_, i) => path.join(store, String(i))));
    execFileSync('mkfifo', fifos);
  }
  fs.renameSync(fifos.pop() as string, file);
  return file;
}

/** Bytes in which every position can be told from its neighbours, different for every seed. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2654435761) >>> 0 || 1;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, length >>> 2);
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  for (let i = words.length * 4; i < length; i++) bytes[i] = (i * 7 + seed) & 0xff;
  return bytes;
}

export const sha1 = (bytes: string | Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

// ------------------------------------------------------------------------------------------------ children

export interface ChildResult {
  code: number | string | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs a script in a process of its own, in which `subject` is the subject and `bare` is node:fs/promises. For what
 * cannot be seen from inside jest: process-wide events, globals, exit codes.
 */
export function runChild(
  script: string,
  { flags = [], dir = '', unloaded = false }: ChildOptions = {},
): Promise<ChildResult> {
  const head =
    unloaded || flags.includes('--input-type=module')
      ? ''
      : `const subject = require(process.env.SUBJECT_SPECIFIER); const bare = require('node:fs/promises');\n`;
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      SUBJECT_SPECIFIER: subjectSpecifier,
      FS_SPECIFIER: subjectFsSpecifier,
      DIR: dir,
      NODE_OPTIONS: '',
    };
    const args = [...flags, '-e', head + script];
    execFile(process.execPath, args, { cwd: packageDir, env, timeout: 20_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : (error.code ?? error.signal ?? 'failed');
      resolve({ code, stdout, stderr });
    });
  });
}

export interface ChildOptions {
  flags?: string[];
  /** Found in the child as process.env.DIR. */
  dir?: string;
  /** Leaves the loading of the subject to the script. */
  unloaded?: boolean;
}

/** A shell command that runs beside the test; `done` settles when it ends, rejecting if it failed. */
export function shell(command: string, ...args: string[]): { done: Promise<void> } {
  const child = spawn('sh', ['-c', command, 'sh', ...args], { stdio: 'ignore' });
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`'${command}' ended with ${code}`)),
    );
  });
  done.catch(() => {});
  return { done };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

// ------------------------------------------------------------------------------------------------ comparison

/** One call, made the same way on the subject and on the oracle. */
export type Call = (api: FsPromises, dir: string) => unknown;

export type Prepare = (dir: string) => void | Promise<void>;

export interface Scene {
  prepare?: Prepare;
  /** 'shared': both sides look at one folder, and volatile values (inode, times) must be equal too. Read-only calls. */
  folder?: 'twins' | 'shared';
  /** The error is made by the test itself, so its stack says nothing about ours. */
  foreignError?: boolean;
}

export interface Outcome {
  how: 'value' | 'rejection' | 'synchronous throw';
  value?: unknown;
  error?: NodeJS.ErrnoException & { dest?: string; cause?: unknown };
}

/** Makes the call on both sides, compares everything that shows, and returns what the subject gave. */
export async function sameOutcome(call: Call, scene: Scene | Prepare = {}): Promise<Outcome> {
  const {
    prepare,
    folder = 'twins',
    foreignError = false,
  } = typeof scene === 'function' ? { prepare: scene } : scene;
  const root = tempDir();
  // Names of equal length: a path at a limit must be at the same limit on both sides.
  const ours = path.join(root, folder === 'twins' ? 'twin-a' : 'shared');
  const theirs = path.join(root, folder === 'twins' ? 'twin-b' : 'shared');
  for (const dir of new Set([ours, theirs])) {
    fs.mkdirSync(dir);
    await prepare?.(dir);
  }

  const subject = await observe(call, fsp, ours);
  // Comparing reads files, which moves their atime: where both look at one folder, only afterwards.
  const subjectTree = folder === 'twins' ? tree(ours) : [];
  const oracle = await observe(call, bare, theirs);
  const oracleTree = folder === 'twins' ? tree(theirs) : [];

  const exact = folder === 'shared';
  const [seen, expected] = [new Description(ours, exact), new Description(theirs, exact)];
  expect(seen.ofOutcome(subject)).toEqual(expected.ofOutcome(oracle));
  expect(subjectTree).toEqual(oracleTree);
  // Where Node's Buffer fills its own ArrayBuffer, so does ours: people transfer it and wrap it.
  expected.tight.forEach((tight, i) => {
    if (tight)
      expect({ buffer: i, ownsItsMemory: seen.tight[i] }).toEqual({ buffer: i, ownsItsMemory: true });
  });
  if (subject.error !== undefined && !foreignError) expectCallerInStack(subject.error, oracle.error);
  return subject;
}

/** As sameOutcome, for a call that must succeed. */
export async function sameValue(call: Call, scene?: Scene | Prepare): Promise<unknown> {
  const outcome = await sameOutcome(call, scene);
  if (outcome.how !== 'value') throw outcome.error;
  return outcome.value;
}

/** As sameOutcome, for a call that must be rejected (never thrown) with this code. */
export async function sameError(
  code: string,
  call: Call,
  scene?: Scene | Prepare,
): Promise<NonNullable<Outcome['error']>> {
  const { how, error } = await sameOutcome(call, scene);
  expect({ how, code: error?.code }).toEqual({ how: 'rejection', code });
  return error as NonNullable<Outcome['error']>;
}

async function observe(call: Call, api: FsPromises, dir: string): Promise<Outcome> {
  const seen: Outcome = { how: 'rejection' };
  try {
    seen.value = await theCallingTest(call, api, dir, seen);
    seen.how = 'value';
  } catch (error) {
    seen.error = error as NonNullable<Outcome['error']>;
  }
  return seen;
}

/** The function whose name every rejection's stack must hold. */
async function theCallingTest(call: Call, api: FsPromises, dir: string, seen: Outcome): Promise<unknown> {
  let promise: unknown;
  try {
    promise = call(api, dir);
  } catch (error) {
    seen.how = 'synchronous throw';
    throw error;
  }
  return await promise;
}

/**
 * Bare Node loses the frames of some errors: those of a bad mode, and on Node 26 many of the system's. What Node says
 * about an argument may come to us from Node as it is; but what goes wrong on disk always names the caller.
 */
function expectCallerInStack(error: NonNullable<Outcome['error']>, oracle: Outcome['error']): void {
  if (!util.types.isNativeError(error)) return;
  const nodeNamesNobody = !/\n\s+at /.test(oracle?.stack ?? '');
  if (nodeNamesNobody && (subjectName === 'node' || !('syscall' in error))) return;
  expect(error.stack).toMatch(/\bat (?:async )?theCallingTest\b/);
}

const volatile = /^(?:ino|blocks|[acm]time.*|birthtime.*|Symbol\(.*Ns\))$/;
const bigIntStatsPrototype: unknown = Object.getPrototypeOf(fs.statSync('/', { bigint: true }));

/** What can be seen of a value from outside, with the folder's name taken out, ready for toEqual. */
class Description {
  /** For every Buffer met: does it fill an ArrayBuffer of its own? */
  readonly tight: boolean[] = [];
  private depth = 0;

  constructor(
    private readonly dir: string,
    private readonly exact: boolean,
  ) {}

  ofOutcome({ how, value, error }: Outcome): unknown {
    return how === 'value' ? { how, value: this.of(value) } : { how, error: this.of(error) };
  }

  of(value: unknown): unknown {
    if (typeof value === 'string') return this.ofText(value);
    if (typeof value === 'function') return `function ${value.name}`;
    if (typeof value !== 'object' || value === null) return value;
    if (this.depth > 6) return '(deep)';
    this.depth++;
    try {
      return this.ofObject(value);
    } finally {
      this.depth--;
    }
  }

  private ofObject(value: object): unknown {
    if (util.types.isNativeError(value)) return this.ofError(value);
    if (ArrayBuffer.isView(value)) return this.ofView(value);
    if (util.types.isDate(value)) return { date: this.exact ? value.getTime() : 'some time' };
    if (util.types.isAnyArrayBuffer(value)) return { arrayBuffer: value.byteLength };
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === fs.Stats.prototype || prototype === bigIntStatsPrototype)
      return this.ofStats(value as fs.Stats);
    if (isFileHandle(value)) return 'FileHandle';
    if (value instanceof fs.Dirent) return this.ofDirent(value);
    if (util.types.isProxy(value)) return 'proxy';
    if (Array.isArray(value)) return value.map((item) => this.of(item));
    const members = Object.keys(value).map((key) => [key, this.of((value as Record<string, unknown>)[key])]);
    return { prototype: prototype === null ? 'null' : (value.constructor?.name ?? 'none'), members };
  }

  private ofText(text: string): unknown {
    const normal = text.replaceAll(this.dir, '<dir>');
    return normal.length <= 4096
      ? normal
      : { text: normal.length, sha1: sha1(Buffer.from(normal, 'utf16le')) };
  }

  private ofView(view: ArrayBufferView): unknown {
    this.tight.push(view.byteOffset === 0 && view.buffer.byteLength === view.byteLength);
    const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    const content = bytes.length <= 64 ? bytes.toString('hex') : sha1(bytes);
    return { view: Buffer.isBuffer(view) ? 'Buffer' : view.constructor.name, length: bytes.length, content };
  }

  private ofError(error: Error & { code?: unknown; cause?: unknown }): unknown {
    const { name, message, stack } = error;
    const own = error as unknown as Record<string, unknown>;
    return {
      name,
      type: error.constructor.name,
      message: this.of(message),
      // Order counts: it is what console.log shows.
      enumerable: Object.keys(error).map((key) => [key, this.of(own[key])]),
      fields: ['code', 'errno', 'syscall', 'path', 'dest'].map((key) => [key, key in own, this.of(own[key])]),
      cause: 'cause' in error ? { cause: this.of(error.cause) } : 'none',
      headline: this.of(String(stack ?? '').split('\n')[0]),
      text: this.of(String(error)),
    };
  }

  private ofDirent(dirent: fs.Dirent): unknown {
    const own = dirent as unknown as Record<string, unknown>;
    const shape = Object.keys(dirent).map((key) => [key, this.of(own[key])]);
    const symbols = Object.getOwnPropertySymbols(dirent).map(String);
    const is = [
      dirent.isFile(),
      dirent.isDirectory(),
      dirent.isSymbolicLink(),
      dirent.isFIFO(),
      dirent.isSocket(),
      dirent.isCharacterDevice(),
      dirent.isBlockDevice(),
    ];
    return { dirent: dirent.constructor.name, shape, symbols, is };
  }

  private ofStats(stats: fs.Stats): unknown {
    const own = stats as unknown as Record<string | symbol, unknown>;
    const shape = Reflect.ownKeys(stats).map((key) => {
      const { value, ...flags } = Object.getOwnPropertyDescriptor(stats, key) as PropertyDescriptor;
      const shown = this.exact || !volatile.test(String(key)) ? this.of(value) : typeof value;
      return [String(key), shown, flags.writable, flags.enumerable, flags.configurable, 'get' in flags];
    });
    const bigint = Object.getPrototypeOf(stats) === bigIntStatsPrototype;
    const dates = ['atime', 'mtime', 'ctime', 'birthtime'].map((key) => [key, this.of(own[key])]);
    const is = [
      stats.isFile(),
      stats.isDirectory(),
      stats.isSymbolicLink(),
      stats.isFIFO(),
      stats.isCharacterDevice(),
      stats.isBlockDevice(),
      stats.isSocket(),
    ];
    return { stats: bigint ? 'BigIntStats' : 'Stats', shape, dates, is };
  }
}

export function isFileHandle(value: unknown): value is FileHandle {
  return (
    typeof value === 'object' &&
    value !== null &&
    'fd' in value &&
    typeof (value as FileHandle).close === 'function'
  );
}

/** The folder as it is: kinds, modes, sizes, link targets, contents. Names as latin1, so that no byte is lost. */
function tree(dir: string): unknown[] {
  const found: unknown[] = [];
  const walk = (folder: Buffer, label: string): void => {
    for (const name of fs.readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare)) {
      const file = Buffer.concat([folder, Buffer.from('/'), name]);
      const stats = fs.lstatSync(file);
      const entry: Record<string, unknown> = {
        name: label + name.toString('latin1'),
        mode: stats.mode.toString(8),
      };
      if (stats.isFile())
        entry.content = stats.size > 1 << 26 ? stats.size : [stats.size, sha1(fs.readFileSync(file))];
      if (stats.isSymbolicLink()) entry.target = fs.readlinkSync(file).replaceAll(dir, '<dir>');
      found.push(entry);
      if (stats.isDirectory()) walk(file, `${label}${name.toString('latin1')}/`);
    }
  };
  walk(Buffer.from(dir), '');
  return found;
}

/** Opens, does the work, closes whatever happened. */
export async function withHandle<T>(
  api: FsPromises,
  file: string | Buffer | URL,
  flags: string | number,
  work: (handle: FileHandle) => Promise<T> | T,
  mode?: number,
): Promise<T> {
  const handle = await api.open(file, flags, mode);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

/** Calls with arguments that the types forbid: half of the suite's business. */
// biome-ignore lint/suspicious/noExplicitAny: wrong types are what these tests are about
export const untyped = (api: unknown): any => api;
