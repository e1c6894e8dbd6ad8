// Bad input is a rejection, never a synchronous throw, with the running Node's error; and nothing is left behind.
import * as fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import {
  type FsPromises,
  fsp,
  sameError,
  sameOutcome,
  sameValue,
  tempDir,
  untyped,
  withHandle,
} from '../support/subject';

const scene = (dir: string) => {
  fs.writeFileSync(`${dir}/file`, 'content');
  fs.mkdirSync(`${dir}/folder`);
};

// biome-ignore lint/suspicious/noExplicitAny: wrong types are what these tests are about
type Untyped = any;

/** Every function of ours that takes a path, with otherwise good arguments. */
const byPath: [string, (api: Untyped, path: unknown, dir: string) => unknown][] = [
  ['readFile', (api, path) => api.readFile(path)],
  ['readFile as text', (api, path) => api.readFile(path, 'utf8')],
  ['writeFile', (api, path) => api.writeFile(path, 'data')],
  ['writeFile of items', (api, path) => api.writeFile(path, ['data'])],
  ['appendFile', (api, path) => api.appendFile(path, 'data')],
  ['open', async (api, path) => (await api.open(path)).close()],
  ['open for writing', async (api, path) => (await api.open(path, 'w')).close()],
  ['stat', (api, path) => api.stat(path)],
  ['lstat', (api, path) => api.lstat(path)],
  ['access', (api, path) => api.access(path)],
  ['unlink', (api, path) => api.unlink(path)],
  ['mkdir', (api, path) => api.mkdir(path)],
  ['mkdir -p', (api, path) => api.mkdir(path, { recursive: true })],
  ['rename from', (api, path, dir) => api.rename(path, `${dir}/target`)],
  ['rename to', (api, path, dir) => api.rename(`${dir}/file`, path)],
  ['truncate', (api, path) => api.truncate(path)],
  ['chmod', (api, path) => api.chmod(path, 0o600)],
  ['chown', (api, path) => api.chown(path, -1, -1)],
  ['lchown', (api, path) => api.lchown(path, -1, -1)],
  ['utimes', (api, path) => api.utimes(path, 1, 2)],
  ['lutimes', (api, path) => api.lutimes(path, 1, 2)],
  ['link from', (api, path, dir) => api.link(path, `${dir}/target`)],
  ['link to', (api, path, dir) => api.link(`${dir}/file`, path)],
  ['symlink that says', (api, path, dir) => api.symlink(path, `${dir}/target`)],
  ['symlink at', (api, path) => api.symlink('file', path)],
  ['readlink', (api, path) => api.readlink(path)],
  ['realpath', (api, path) => api.realpath(path)],
  ['rmdir', (api, path) => api.rmdir(path)],
  // Free blocks come and go between the two calls.
  ['statfs', async (api, path) => (await api.statfs(path)).type],
  ['copyFile from', (api, path, dir) => api.copyFile(path, `${dir}/target`)],
  ['copyFile to', (api, path, dir) => api.copyFile(`${dir}/file`, path)],
];

const badPaths: [string, (dir: string) => unknown][] = [
  ['a NUL in a string', (dir) => `${dir}/a\0b`],
  ['a NUL at the start', () => '\0'],
  ['a NUL at the end', (dir) => `${dir}/file\0`],
  ['a NUL in a Buffer', () => Buffer.from('a\0b')],
  ['a NUL in a Uint8Array', () => new Uint8Array(Buffer.from('a\0b'))],
  ['a NUL in a URL', (dir) => new URL(`file://${dir}/a%00b`)],
  ['an encoded slash in a URL', (dir) => new URL(`file://${dir}/a%2Fb`)],
  ['a malformed escape in a URL', (dir) => new URL(`file://${dir}/a%b`)],
  ['a URL with a host', () => new URL('file://host/path')],
  ['an http URL', () => new URL('http://localhost/file')],
  ['a data URL', () => new URL('data:text/plain,x')],
  [
    'something like a URL',
    (dir) => ({ href: `file://${dir}/file`, protocol: 'file:', pathname: `${dir}/file`, hostname: '' }),
  ],
  ['undefined', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['false', () => false],
  ['NaN', () => Number.NaN],
  ['-1', () => -1],
  ['a float', () => 1.5],
  ['a bigint', () => 5n],
  ['a symbol', () => Symbol('path')],
  ['a function', () => () => 'x'],
  ['an object', () => ({})],
  ['an object with toString', (dir) => ({ toString: () => `${dir}/file` })],
  ['an array', () => []],
  ['an array with a path', (dir) => [`${dir}/file`]],
  ['a String object', (dir) => Object(`${dir}/file`)],
  ['an ArrayBuffer', () => new ArrayBuffer(4)],
  ['a DataView', () => new DataView(new ArrayBuffer(4))],
  ['a Float64Array', () => new Float64Array(2)],
  ['a Uint16Array', () => new Uint16Array([47, 120])],
  ['a Promise', () => Promise.resolve('x')],
  ['a Date', () => new Date(0)],
  ['a Map', () => new Map()],
  ['an empty string', () => ''],
  ['an empty Buffer', () => Buffer.alloc(0)],
  ['a Proxy', () => new Proxy({}, {})],
  ['an object without a prototype', () => Object.create(null)],
];

describe.each(byPath)('%s', (_name, call) => {
  test.each(badPaths)('of %s', async (_kind, path) => {
    const { how } = await sameOutcome((api, dir) => call(api, path(dir), dir), scene);
    expect(how).not.toBe('synchronous throw');
  });
});

describe('half a surrogate pair in a path', () => {
  const names = ['no\ud800', '\udc00no', 'no\ud800\ud800x', 'no\udc00\ud800', 'no\ud83d\ude00\ude00'];

  test.each(byPath)('%s: its error shows what the kernel was given', async (_name, call) => {
    for (const name of names) await sameOutcome((api, dir) => call(api, `${dir}/${name}/x`, dir), scene);
  });

  test('is U+FFFD in path, dest and message', async () => {
    const error = await sameError(
      'ENOENT',
      (api, dir) => api.rename(`${dir}/no\ud800`, `${dir}/\udc00`),
      scene,
    );
    expect(
      [error.path, error.dest, error.message].map((text) => /\p{Surrogate}/u.test(String(text))),
    ).toEqual([false, false, false]);
    expect(error.path).toMatch(/no\ufffd$/);
  });
});

describe('a number as path', () => {
  // readFile(fd) is fs.readFile's, not that of promises.
  test.each(['readFile', 'writeFile', 'appendFile', 'open', 'stat'])(
    '%s of 0, 1 and 2 rejects',
    async (name) => {
      for (const fd of [0, 1, 2]) {
        const { how } = await sameOutcome((api) => untyped(api)[name](fd, 'data'));
        expect(how).toBe('rejection');
      }
    },
  );
});

describe('options', () => {
  const odd: [string, unknown][] = [
    ['a number', 5],
    ['0', 0],
    ['NaN', Number.NaN],
    ['true', true],
    ['false', false],
    ['a bigint', 5n],
    ['a symbol', Symbol('options')],
    ['an array', ['utf8']],
    ['an unknown encoding', 'no-such-encoding'],
    ['an encoding with a space', 'utf8 '],
    ['an unknown encoding in options', { encoding: 'no-such-encoding' }],
    ['a number as encoding', { encoding: 5 }],
    ['0 as encoding', { encoding: 0 }],
    ['true as encoding', { encoding: true }],
    ['a symbol as encoding', { encoding: Symbol('utf8') }],
    ['an object as encoding', { encoding: {} }],
    ['an array as encoding', { encoding: ['utf8'] }],
    ['a bad flag', { flag: 'q' }],
    ['a flag in capitals', { flag: 'R' }],
    ['a flag with a space', { flag: 'r ' }],
    ['a doubled flag', { flag: 'rr' }],
    ['a flag that was valid nowhere', { flag: 'rx' }],
    ['an object as flag', { flag: {} }],
    ['true as flag', { flag: true }],
    ['a symbol as flag', { flag: Symbol('r') }],
    ['a bigint as flag', { flag: 2n }],
    ['an array as flag', { flag: ['r'] }],
    ['a negative flag', { flag: -1 }],
    ['a fractional flag', { flag: 1.5 }],
    ['a flag of 2^31', { flag: 2 ** 31 }],
    ['a flag of 2^32', { flag: 2 ** 32 }],
    ['NaN as flag', { flag: Number.NaN }],
    ['Infinity as flag', { flag: Number.POSITIVE_INFINITY }],
    ['a bad mode', { mode: 'rwxr-xr-x' }],
    ['an octal mode beyond 7', { mode: '888' }],
    ['a negative mode', { mode: -1 }],
    ['a fractional mode', { mode: 0.5 }],
    ['a mode of 2^32', { mode: 2 ** 32 }],
    ['an object as mode', { mode: {} }],
    ['true as mode', { mode: true }],
    ['a bigint as mode', { mode: 420n }],
    ['a symbol as mode', { mode: Symbol('mode') }],
    ['an empty string as mode', { mode: '' }],
    ['a string as signal', { signal: 'stop' }],
    ['a number as signal', { signal: 5 }],
    ['true as signal', { signal: true }],
    ['null as signal', { signal: null }],
    ['an object as signal', { signal: {} }],
    ['something that looks aborted as signal', { signal: { aborted: true } }],
    ['a function as signal', { signal: () => {} }],
    ['an array as signal', { signal: [] }],
    ['a bad flag, mode and encoding at once', { flag: 'q', mode: 'q', encoding: 'q' }],
    ['a bad signal and a bad encoding at once', { signal: 5, encoding: 'q' }],
    ['a bad mode and a bad flag at once', { mode: 'q', flag: 'q' }],
    ['a bad flush and a bad mode at once', { flush: 5, mode: 'q' }],
  ];

  const calls: [string, (api: Untyped, file: string, options: unknown) => unknown][] = [
    ['readFile', (api, file, options) => api.readFile(file, options)],
    ['writeFile', (api, file, options) => api.writeFile(file, 'new', options)],
    ['writeFile of items', (api, file, options) => api.writeFile(file, ['n', 'ew'], options)],
    ['appendFile', (api, file, options) => api.appendFile(file, 'new', options)],
  ];

  describe.each(calls)('%s', (_name, call) => {
    test.each(odd)('with %s', async (_kind, options) => {
      const over = await sameOutcome((api, dir) => call(api, `${dir}/file`, options), scene);
      expect(over.how).not.toBe('synchronous throw');
      const fresh = await sameOutcome((api, dir) => call(api, `${dir}/new`, options), scene);
      expect(fresh.how).not.toBe('synchronous throw');
    });
  });

  test.each(odd)('readFile and writeFile on a handle with %s', async (_kind, options) => {
    for (const name of ['readFile', 'writeFile', 'appendFile']) {
      const call = async (api: FsPromises, dir: string) => {
        const handle = untyped(await api.open(`${dir}/file`, 'r+'));
        try {
          return name === 'readFile' ? await handle.readFile(options) : await handle[name]('new', options);
        } finally {
          await handle.close();
        }
      };
      await sameOutcome(call, scene);
    }
  });
});

describe('the arguments of open', () => {
  const flags = [
    '',
    'q',
    'R',
    'rr',
    'wr',
    'r++',
    'x',
    '+',
    ' r',
    'rwa',
    -1,
    1.5,
    2 ** 31,
    2 ** 32,
    Number.NaN,
    true,
    false,
    {},
    [],
    Symbol('r'),
    2n,
    () => 'r',
  ];
  test.each(flags)('open with the flags %p', async (flag) => {
    const call = async (api: FsPromises, dir: string) =>
      (await untyped(api).open(`${dir}/file`, flag)).close();
    const { how } = await sameOutcome(call, scene);
    expect(how).not.toBe('synchronous throw');
  });

  test.each([
    '',
    'rwx',
    '8',
    '0x1ff',
    '0o600',
    -1,
    1.5,
    2 ** 32,
    Number.NaN,
    true,
    {},
    [],
    Symbol('mode'),
    420n,
    () => 0o600,
  ])('open with the mode %p', async (mode) => {
    const call = async (api: FsPromises, dir: string) =>
      (await untyped(api).open(`${dir}/new`, 'w', mode)).close();
    const { how } = await sameOutcome(call, scene);
    expect(how).not.toBe('synchronous throw');
  });

  test('a bad path counts before a bad flag, a bad flag before a bad mode, as in Node', async () => {
    await sameOutcome((api) => untyped(api).open(5, 'q', 'q'));
    await sameOutcome((api) => untyped(api).open('x', 'q', 'q'));
    await sameOutcome((api) => untyped(api).open('x', 'r', 'q'));
    await sameOutcome((api) => untyped(api).open('x\0', 'q', 'q'));
    await sameOutcome((api) => untyped(api).open());
  });
});

describe('the order of complaints', () => {
  test.each<[string, (api: Untyped, dir: string) => unknown]>([
    ['readFile: bad path and bad encoding', (api) => api.readFile(5, 'q')],
    ['readFile: bad path and bad flag', (api) => api.readFile(5, { flag: 'q' })],
    ['readFile: missing file and bad encoding', (api, dir) => api.readFile(`${dir}/missing`, 'q')],
    ['readFile: nothing at all', (api) => api.readFile()],
    ['writeFile: bad path and bad data', (api) => api.writeFile(5, 5)],
    ['writeFile: bad data and bad encoding', (api, dir) => api.writeFile(`${dir}/file`, 5, 'q')],
    ['writeFile: bad data and bad flag', (api, dir) => api.writeFile(`${dir}/file`, 5, { flag: 'q' })],
    ['writeFile: bad data and bad flush', (api, dir) => api.writeFile(`${dir}/file`, 5, { flush: 5 })],
    ['writeFile: bad data and bad signal', (api, dir) => api.writeFile(`${dir}/file`, 5, { signal: 5 })],
    ['writeFile: bad path and bad signal', (api) => api.writeFile(5, 'x', { signal: 5 })],
    ['writeFile: bad path and bad mode', (api) => api.writeFile(5, 'x', { mode: 'q' })],
    [
      'writeFile: missing folder and bad mode',
      (api, dir) => api.writeFile(`${dir}/no/such`, 'x', { mode: 'q' }),
    ],
    ['mkdir: bad path and bad mode', (api) => api.mkdir(5, 'q')],
    ['mkdir: bad path and bad recursive', (api) => api.mkdir(5, { recursive: 5 })],
    ['mkdir: bad mode and bad recursive', (api, dir) => api.mkdir(`${dir}/new`, { recursive: 5, mode: 'q' })],
    ['access: bad path and bad mode', (api) => api.access(5, 'q')],
    ['stat: bad path and bad options', (api) => api.stat(5, 5)],
    ['stat: nothing at all', (api) => api.stat()],
    ['unlink: nothing at all', (api) => api.unlink()],
  ])('%s', async (_name, call) => {
    const { how } = await sameOutcome(call, scene);
    expect(how).toBe('rejection');
  });
});

describe('what user code throws on the way', () => {
  const trap = (name: string) => ({
    get [name](): never {
      throw new RangeError(`from ${name}`);
    },
  });

  test.each(['encoding', 'flag', 'mode', 'flush', 'signal'])(
    'a getter of %s that throws is a rejection with just that',
    async (name) => {
      for (const call of [
        (api: Untyped, dir: string) => api.readFile(`${dir}/file`, trap(name)),
        (api: Untyped, dir: string) => api.writeFile(`${dir}/file`, 'new', trap(name)),
        (api: Untyped, dir: string) => api.appendFile(`${dir}/file`, 'new', trap(name)),
      ]) {
        const { how } = await sameOutcome(call, { prepare: scene, foreignError: true });
        expect(how).not.toBe('synchronous throw');
      }
    },
  );

  test.each(['bigint', 'encoding', 'signal', 'throwIfNoEntry', 'buffer', 'recursive'])(
    'a getter of %s that throws counts where Node asks for it',
    async (name) => {
      for (const call of [
        (api: Untyped, dir: string) => api.stat(`${dir}/file`, trap(name)),
        (api: Untyped, dir: string) => api.lstat(`${dir}/file`, trap(name)),
        // Of the values some change from call to call.
        (api: Untyped, dir: string) => api.statfs(dir, trap(name)).then(() => 'done'),
        (api: Untyped, dir: string) => api.readFile(`${dir}/file`, trap(name)),
        (api: Untyped, dir: string) => api.realpath(`${dir}/file`, trap(name)),
        (api: Untyped, dir: string) =>
          withHandle(api, `${dir}/file`, 'r', (handle) => untyped(handle).stat(trap(name))),
        (api: Untyped, dir: string) =>
          withHandle(api, `${dir}/file`, 'r', (handle) => untyped(handle).readFile(trap(name))),
      ]) {
        const { how } = await sameOutcome(call, { prepare: scene, foreignError: true });
        expect(how).not.toBe('synchronous throw');
      }
    },
  );

  test.each(['bigint', 'recursive', 'mode'])('a getter of %s that throws in stat and mkdir', async (name) => {
    for (const call of [
      (api: Untyped, dir: string) => api.stat(`${dir}/file`, trap(name)),
      (api: Untyped, dir: string) => api.lstat(`${dir}/file`, trap(name)),
      (api: Untyped, dir: string) => api.mkdir(`${dir}/new`, trap(name)),
    ]) {
      const { how } = await sameOutcome(call, { prepare: scene, foreignError: true });
      expect(how).not.toBe('synchronous throw');
    }
  });
});

describe('afterwards', () => {
  test('after a hundred bad calls good ones work, and no descriptor is left', async () => {
    const dir = tempDir();
    scene(dir);
    const open = () => fs.readdirSync('/proc/self/fd').length;
    const all = () =>
      Promise.allSettled(
        badPaths.flatMap(([, path]) =>
          byPath.slice(0, 3).map(([, call]) => Promise.resolve().then(() => call(fsp, path(dir), dir))),
        ),
      );
    await all();
    // The first reads at once open the ring they share.
    await Promise.all(Array.from({ length: 8 }, () => fsp.readFile(`${dir}/file`)));
    const before = open();
    await all();
    expect(open()).toBeLessThanOrEqual(before);
    await fsp.writeFile(`${dir}/file`, 'good');
    expect(await fsp.readFile(pathToFileURL(`${dir}/file`), 'utf8')).toBe('good');
    await sameValue((api, dir) => api.writeFile(`${dir}/file`, 'new'), scene);
  });
});
