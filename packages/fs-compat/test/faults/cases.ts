// The public calls, each at least once, on the folder of ../fuzz/world.ts. The same functions run on bare Node, which
// says what is right.
import type * as nodeFs from 'node:fs';
import { rmdirSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

export type Promises = typeof import('node:fs/promises');
export type Core = typeof import('@ringfs/core');

export interface Faces {
  promises: Promises;
  callbacks: typeof nodeFs;
  /** Not of bare Node. */
  core?: Core;
}

export interface Case {
  /** As in 'promises.readFile', 'FileHandle.read', 'callbacks.stat', 'core.open'; what is special about it follows. */
  name: string;
  run(faces: Faces, signal?: AbortSignal): Promise<unknown>;
  /** Whether it takes a signal. */
  cancellable?: boolean;
  /** It tells how many bytes it has moved, and may move fewer. */
  mayMoveLess?: boolean;
  /** Links to folders that cannot be looked at are passed over, as by Node. */
  mayLack?: boolean;
  /** Goes through folders, whose order is the filesystem's: the nth call is another one each time. */
  inAnyOrder?: boolean;
  /** Tells of no failure: what cannot be looked at is not there, as for Node. */
  mayDeny?: boolean;
  /** Node itself leaves a rejection behind where a read fails. */
  leavesRejection?: boolean;
}

const DATA = Buffer.alloc(3000, 'ringfs ');
/** More than one read or write of the engine's takes. */
const LARGE = Buffer.alloc(700_000, 'larger ');

// biome-ignore lint/suspicious/noExplicitAny: functions by their names
type Untyped = any;

/** What a callback has been told, once; a second time is a fault. */
function calledBack(fs: Untyped, name: string, args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let times = 0;
    fs[name](...args, (error: Error | null, ...values: unknown[]) => {
      times += 1;
      // By then a second call would have come.
      setImmediate(() => {
        if (times > 1) reject(new Error(`the callback of ${name} was called ${times} times`));
        else if (error) reject(error);
        else resolve(values.length > 1 ? values : values[0]);
      });
    });
  });
}

type Finish = (value: Untyped) => unknown;
const asIs: Finish = (value) => value;
const walks = { inAnyOrder: true };

/** A function by path, with both faces. */
function byPath(name: string, how: string, args: () => unknown[], finish = asIs, more = {}): Case[] {
  const said = how === '' ? '' : `, ${how}`;
  return [
    {
      name: `promises.${name}${said}`,
      run: async ({ promises }) => finish(await (promises as Untyped)[name](...args())),
      ...more,
    },
    {
      name: `callbacks.${name}${said}`,
      run: async ({ callbacks }) => finish(await calledBack(callbacks, name, args())),
      ...more,
    },
  ];
}

/** The name, without what is random in it; the folder is removed. */
const withoutChance = (made: string): string => {
  rmdirSync(made);
  return made.replace(/\w{6}$/, '');
};

/** In which order folders are entered is the filesystem's affair. */
const inOrder = (names: string[]): string[] => names.sort();

const MOMENT = new Date(86_400_000);

const paths: Case[] = [
  ...byPath('access', '', () => ['small']),
  ...byPath('access', 'missing', () => ['missing', 4]),
  ...byPath('appendFile', '', () => ['small', DATA]),
  ...byPath('appendFile', 'flush', () => ['small', 'more', { flush: true }]),
  ...byPath('chmod', '', () => ['small', 0o640]),
  ...byPath('chown', '', () => ['small', process.getuid?.(), process.getgid?.()]),
  ...byPath('copyFile', '', () => ['mid', 'copy']),
  ...byPath('copyFile', 'not over another', () => ['mid', 'copy', 1]),
  ...byPath('cp', '', () => ['small', 'copy']),
  ...byPath('cp', 'recursive', () => ['dir', 'copy', { recursive: true }], asIs, walks),
  ...byPath('lchown', '', () => ['link', process.getuid?.(), process.getgid?.()]),
  ...byPath('link', '', () => ['small', 'second']),
  ...byPath('lstat', '', () => ['link']),
  ...byPath('lstat', 'bigint', () => ['link', { bigint: true }]),
  ...byPath('lutimes', '', () => ['link', MOMENT, MOMENT]),
  ...byPath('mkdir', '', () => ['new']),
  ...byPath('mkdir', 'recursive', () => ['new/and/deep', { recursive: true }]),
  ...byPath('mkdtemp', '', () => ['temporary-'], withoutChance),
  ...byPath('readFile', '', () => ['mid']),
  ...byPath('readFile', 'utf8', () => ['small', 'utf8']),
  ...byPath('readFile', 'empty', () => ['empty']),
  ...byPath('readFile', 'missing', () => ['missing']),
  ...byPath('readdir', '', () => ['dir']),
  ...byPath('readdir', 'with types', () => ['.', { withFileTypes: true }]),
  ...byPath('readdir', 'recursive', () => ['.', { recursive: true }], inOrder, { mayLack: true, ...walks }),
  ...byPath('readlink', '', () => ['link']),
  ...byPath('realpath', '', () => ['linkdir/sub/../a']),
  ...byPath('rename', '', () => ['small', 'renamed']),
  ...byPath('rm', '', () => ['small']),
  ...byPath('rm', 'recursive', () => ['dir', { recursive: true }], asIs, walks),
  ...byPath('rmdir', '', () => ['hollow']),
  ...byPath('stat', '', () => ['small']),
  ...byPath('stat', 'bigint', () => ['small', { bigint: true }]),
  ...byPath('stat', 'missing', () => ['missing']),
  ...byPath('statfs', '', () => ['.']),
  ...byPath('symlink', '', () => ['small', 'another']),
  ...byPath('truncate', '', () => ['mid', 1000]),
  ...byPath('unlink', '', () => ['small']),
  ...byPath('utimes', '', () => ['small', MOMENT, MOMENT]),
  ...byPath('writeFile', 'new', () => ['written', DATA]),
  ...byPath('writeFile', 'over a longer one', () => ['mid', DATA]),
  ...byPath('writeFile', 'flush', () => ['mid', 'short', { flush: true }]),
  ...byPath('writeFile', 'nothing', () => ['mid', '']),
  ...byPath('writeFile', 'large', () => ['written', LARGE]),
  {
    name: 'promises.writeFile, an iterable',
    run: ({ promises }) => promises.writeFile('written', ['one ', 'two ', 'three']),
  },
  {
    name: 'callbacks.exists',
    mayDeny: true,
    run: ({ callbacks }) => new Promise((resolve) => callbacks.exists('small', resolve)),
  },
  {
    name: 'callbacks.realpath.native',
    run: ({ callbacks }) => calledBack(callbacks.realpath, 'native', ['linkdir/sub']),
  },
  {
    name: 'promises.readFile, with a signal',
    cancellable: true,
    run: ({ promises }, signal) => promises.readFile('mid', { signal }),
  },
  {
    name: 'callbacks.readFile, with a signal',
    cancellable: true,
    run: ({ callbacks }, signal) => calledBack(callbacks, 'readFile', ['mid', { signal }]),
  },
  {
    name: 'promises.writeFile, with a signal',
    cancellable: true,
    run: ({ promises }, signal) => promises.writeFile('written', LARGE, { signal }),
  },
  {
    name: 'callbacks.writeFile, with a signal',
    cancellable: true,
    run: ({ callbacks }, signal) => calledBack(callbacks, 'writeFile', ['written', LARGE, { signal }]),
  },
  {
    name: 'promises.opendir',
    run: async ({ promises }) => {
      const names: string[] = [];
      for await (const { name } of await promises.opendir('dir')) names.push(name);
      return names.sort();
    },
  },
  {
    name: 'callbacks.opendir',
    run: async ({ callbacks }) => {
      const folder = (await calledBack(callbacks, 'opendir', ['dir'])) as Untyped;
      const names: string[] = [];
      try {
        for (;;) {
          const entry = (await calledBack(folder, 'read', [])) as { name: string } | null;
          if (entry === null) break;
          names.push(entry.name);
        }
      } finally {
        await calledBack(folder, 'close', []);
      }
      return names.sort();
    },
  },
  {
    name: 'promises.glob',
    ...walks,
    run: async ({ promises }) => {
      const { glob } = promises as Untyped;
      if (glob === undefined) return [];
      const names: string[] = [];
      for await (const name of glob('dir/**/*.txt')) names.push(name);
      return names;
    },
  },
  {
    name: 'promises.mkdtempDisposable',
    // Of an error's path the end is random.
    ...walks,
    run: async ({ promises }) => {
      const made = await (promises as Untyped).mkdtempDisposable?.('temporary-');
      await made?.remove();
      return made?.path.length;
    },
  },
];

const NOTHING = (): void => undefined;

/** On an open file, which is closed at the end. */
function onHandle(
  name: string,
  how: string,
  flags: string,
  work: (handle: Untyped, signal?: AbortSignal) => unknown,
  more: Partial<Case> = {},
): Case {
  return {
    name: `FileHandle.${name}${how === '' ? '' : `, ${how}`}`,
    run: async ({ promises }, signal) => {
      const handle: FileHandle = await promises.open('mid', flags);
      let result: unknown;
      try {
        result = await work(handle, signal);
      } catch (error) {
        await handle.close().catch(NOTHING);
        throw error;
      }
      if (handle.fd >= 0) await handle.close();
      return result;
    },
    ...more,
  };
}

/** All of it, once it is closed: its close may fail too. */
async function collected(stream: NodeJS.ReadableStream): Promise<string> {
  const end = finished(stream);
  end.catch(NOTHING);
  let text = '';
  for await (const chunk of stream) text += (chunk as Buffer).toString('latin1');
  await end;
  return text;
}

function finished(stream: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on('error', reject);
    stream.on('close', resolve);
  });
}

/** Where a read fails the stream keeps its hold of the handle, in Node as here, and a close would wait for ever. */
async function letGo(handle: Untyped): Promise<void> {
  const { readableWebStream } = handle;
  let own = handle;
  while (
    !Object.values(Object.getOwnPropertyDescriptors(own)).some(({ value }) => value === readableWebStream)
  )
    own = Object.getPrototypeOf(own);
  const unref = Reflect.ownKeys(own).find((key) => String(key) === 'Symbol(kUnref)');
  const closed = handle.close();
  handle[unref as symbol]();
  await closed;
}

const webStream: Case = {
  name: 'FileHandle.readableWebStream',
  leavesRejection: true,
  run: async ({ promises }) => {
    const handle: Untyped = await promises.open('mid', 'r');
    let bytes = 0;
    try {
      for await (const chunk of handle.readableWebStream({ type: 'bytes' })) bytes += chunk.byteLength;
    } catch (error) {
      await letGo(handle).catch(NOTHING);
      throw error;
    }
    await handle.close();
    return bytes;
  },
};

const less = { mayMoveLess: true };

const handles: Case[] = [
  webStream,
  onHandle('appendFile', '', 'a+', (handle) => handle.appendFile(DATA)),
  onHandle('chmod', '', 'r', (handle) => handle.chmod(0o604)),
  onHandle('chown', '', 'r', (handle) => handle.chown(process.getuid?.(), process.getgid?.())),
  onHandle('close', '', 'r', (handle) => handle.close()),
  onHandle('datasync', '', 'r+', (handle) => handle.datasync()),
  onHandle('fd', '', 'r', (handle) => handle.fd >= 0),
  onHandle('getAsyncId', '', 'r', (handle) => typeof handle.getAsyncId()),
  onHandle('read', 'at a position', 'r', (handle) => handle.read(Buffer.alloc(500), 0, 500, 100), less),
  onHandle('read', "at the file's own", 'r', (handle) => handle.read({ buffer: Buffer.alloc(500) }), less),
  onHandle('readFile', '', 'r', (handle) => handle.readFile()),
  onHandle('readFile', 'with a signal', 'r', (handle, signal) => handle.readFile({ signal }), {
    cancellable: true,
  }),
  onHandle('readLines', '', 'r', async (handle) => {
    const lines = handle.readLines();
    const end = finished(lines.input);
    end.catch(NOTHING);
    let count = 0;
    for await (const _ of lines) count += 1;
    await end;
    return count;
  }),
  onHandle('readv', '', 'r', (handle) => handle.readv([Buffer.alloc(10), Buffer.alloc(20)], 5), less),
  onHandle('stat', '', 'r', (handle) => handle.stat()),
  onHandle('sync', '', 'r+', (handle) => handle.sync()),
  onHandle('truncate', '', 'r+', (handle) => handle.truncate(77)),
  onHandle('utimes', '', 'r', (handle) => handle.utimes(MOMENT, MOMENT)),
  onHandle('write', 'bytes', 'r+', (handle) => handle.write(DATA, 0, 100, 50), less),
  onHandle('write', 'text', 'r+', (handle) => handle.write('text'), less),
  onHandle('writeFile', '', 'w', (handle) => handle.writeFile(DATA)),
  onHandle('writeFile', 'with a signal', 'w', (handle, signal) => handle.writeFile(LARGE, { signal }), {
    cancellable: true,
  }),
  onHandle('writev', '', 'r+', (handle) => handle.writev([DATA, DATA], 7), less),
  onHandle('createReadStream', '', 'r', (handle) => collected(handle.createReadStream())),
  onHandle('createWriteStream', '', 'w', async (handle) => {
    const stream = handle.createWriteStream();
    const end = finished(stream);
    stream.write(DATA);
    stream.end('end');
    await end;
  }),
  onHandle('[Symbol.asyncDispose]', '', 'r', async (handle) => {
    const { asyncDispose } = Symbol as Untyped;
    if (asyncDispose !== undefined) await handle[asyncDispose]();
  }),
];

/** A callback function on a descriptor, which is closed at the end. */
function onFd(name: string, flags: string, args: (fd: number) => unknown[], more: Partial<Case> = {}): Case {
  return {
    name: `callbacks.${name}${more.name === undefined ? '' : `, ${more.name}`}`,
    mayMoveLess: more.mayMoveLess ?? false,
    run: async ({ callbacks }) => {
      const fd = (await calledBack(callbacks, 'open', ['mid', flags])) as number;
      let result: unknown;
      try {
        result = await calledBack(callbacks, name, args(fd));
      } catch (error) {
        await calledBack(callbacks, 'close', [fd]).catch(NOTHING);
        throw error;
      }
      await calledBack(callbacks, 'close', [fd]);
      return result;
    },
  };
}

const descriptors: Case[] = [
  onFd('fchmod', 'r', (fd) => [fd, 0o604]),
  onFd('fchown', 'r', (fd) => [fd, process.getuid?.(), process.getgid?.()]),
  onFd('fdatasync', 'r+', (fd) => [fd]),
  onFd('fstat', 'r', (fd) => [fd]),
  onFd('fsync', 'r+', (fd) => [fd]),
  onFd('ftruncate', 'r+', (fd) => [fd, 77]),
  onFd('futimes', 'r', (fd) => [fd, MOMENT, MOMENT]),
  onFd('read', 'r', (fd) => [fd, Buffer.alloc(500), 0, 500, 100], less),
  onFd('readv', 'r', (fd) => [fd, [Buffer.alloc(10), Buffer.alloc(20)], 5], less),
  onFd('write', 'r+', (fd) => [fd, DATA, 0, 100, 50], less),
  onFd('writev', 'r+', (fd) => [fd, [DATA, DATA], 7], less),
  onFd('readFile', 'r', (fd) => [fd], { name: 'of a descriptor' }),
  onFd('writeFile', 'r+', (fd) => [fd, DATA], { name: 'of a descriptor' }),
  {
    name: 'callbacks.close',
    run: async ({ callbacks }) => {
      const fd = (await calledBack(callbacks, 'open', ['small', 'r'])) as number;
      return calledBack(callbacks, 'close', [fd]);
    },
  },
  {
    name: 'callbacks.open',
    run: async ({ callbacks }) => {
      const fd = (await calledBack(callbacks, 'open', ['new', 'wx'])) as number;
      await calledBack(callbacks, 'close', [fd]);
    },
  },
  {
    name: 'callbacks.createReadStream',
    run: ({ callbacks }) => collected(callbacks.createReadStream('mid')),
  },
  {
    name: 'callbacks.createWriteStream',
    run: async ({ callbacks }) => {
      const stream = callbacks.createWriteStream('written');
      const end = finished(stream);
      stream.end(DATA);
      await end;
    },
  },
  {
    name: 'promises.open',
    run: async ({ promises }) => (await promises.open('new', 'wx')).close(),
  },
];

/** An op of core's on a descriptor, which is closed at the end. */
function ofCore(name: string, flags: number, work: (core: Core, fd: number) => unknown, more = {}): Case {
  return {
    name: `core.${name}`,
    run: async ({ core }) => {
      if (core === undefined) return undefined;
      const fd = await core.open('mid', flags);
      let result: unknown;
      try {
        result = await work(core, fd);
      } catch (error) {
        await core.close(fd).catch(NOTHING);
        throw error;
      }
      await core.close(fd);
      return result;
    },
    ...more,
  };
}

const ops: Case[] = [
  ofCore('open and close', 0, NOTHING),
  ofCore('read', 0, (core, fd) => core.read(fd, Buffer.alloc(500), { position: 100 }), less),
  ofCore('write', 2, (core, fd) => core.write(fd, DATA, { position: 100 }), less),
  ofCore('fsync', 2, (core, fd) => core.fsync(fd)),
  ofCore('fdatasync', 2, (core, fd) => core.fdatasync(fd)),
  ofCore('stat of a descriptor', 0, async (core, fd) => (await core.stat(fd)).size),
  { name: 'core.stat', run: async ({ core }) => core && (await core.stat('mid')).size },
  { name: 'core.readFile', run: async ({ core }) => core?.readFile('mid') },
  { name: 'core.writeFile', run: async ({ core }) => core?.writeFile('written', DATA) },
];

export const cases: readonly Case[] = [...paths, ...handles, ...descriptors, ...ops];

/**
 * Names of public calls that no case makes: none. Functions that are Node's very own are not ours to try.
 */
export function missing(ours: Faces, theirs: Faces, handle: object): string[] {
  const made = new Set(cases.map(({ name }) => name.replace(/,.*/, '')));
  const differing = (of: Untyped, from: Untyped): string[] =>
    Object.keys(of).filter((name) => {
      const value = of[name];
      return typeof value === 'function' && value !== from[name] && !/^[A-Z_]|Sync$/.test(name);
    });
  const members = Reflect.ownKeys(Object.getPrototypeOf(Object.getPrototypeOf(handle)))
    .filter((key) => typeof key === 'string' && key !== 'constructor')
    .map((key) => `FileHandle.${String(key)}`);
  const core = Object.keys(ours.core ?? {})
    .filter((name) => name !== 'capabilities' && name !== 'metrics' && name !== 'close' && name !== 'open')
    .map((name) => `core.${name}`);
  return [
    ...differing(ours.promises, theirs.promises).map((name) => `promises.${name}`),
    ...differing(ours.callbacks, theirs.callbacks).map((name) => `callbacks.${name}`),
    ...members,
    ...core,
  ].filter((name) => !made.has(name));
}
