// rmdir, mkdtemp and mkdtempDisposable.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  bare,
  type FsPromises,
  fsp,
  runChild,
  sameError,
  sameOutcome,
  sameValue,
  tempDir,
  testBeyondNode,
  untyped,
} from '../support/subject';
import { odd, unreachable, zoo } from '../support/zoo';

describe('rmdir', () => {
  test.each(['empty-folder', 'empty-folder/', 'folder-link/../empty-folder'])('rmdir of %s', async (tail) => {
    expect(await sameValue((api, dir) => api.rmdir(`${dir}/${tail}`), zoo)).toBe(undefined);
  });

  test.each([
    ...unreachable,
    ['folder', 'ENOTEMPTY'],
    ['folder/.', 'EINVAL'],
    ['folder/..', 'ENOTEMPTY'],
    ['file', 'ENOTDIR'],
    ['link', 'ENOTDIR'],
    ['folder-link', 'ENOTDIR'],
    ['dangling', 'ENOTDIR'],
    ['fifo', 'ENOTDIR'],
  ] as [string, string][])('rmdir of %p rejects with %s', async (tail, code) => {
    const error = await sameError(code, (api, dir) => api.rmdir(`${dir}/${tail}`), zoo);
    expect(error.syscall).toBe('rmdir');
  });

  test.each([
    undefined,
    {},
    { extra: 1 },
    { recursive: undefined },
    { recursive: false },
    { maxRetries: 1 },
    { maxRetries: -1 },
    { retryDelay: 'x' },
    { recursive: 'yes' },
    null,
    5,
    'text',
    [],
    true,
    () => {},
  ])('rmdir with the options %p does what the running Node does', async (options) => {
    await sameOutcome((api, dir) => untyped(api).rmdir(`${dir}/empty-folder`, options), zoo);
    await sameOutcome((api, dir) => untyped(api).rmdir(`${dir}/missing`, options), zoo);
    await sameOutcome((api) => untyped(api).rmdir(5, options));
  });

  test('rmdir takes Buffers, URLs and Buffers that are not UTF-8', async () => {
    await sameValue((api, dir) => api.rmdir(Buffer.from(`${dir}/empty-folder`)), zoo);
    await sameValue((api, dir) => api.rmdir(pathToFileURL(`${dir}/empty-folder`)), zoo);
    await sameValue(
      (api, dir) => api.rmdir(odd(dir)),
      (dir) => fs.mkdirSync(odd(dir)),
    );
  });
});

/** Six characters that nobody can foretell, as `<random>`. */
const masked = (made: unknown): unknown => {
  if (typeof made === 'string') return made.replace(/[a-zA-Z0-9]{6}$/, '<random>');
  if (!Buffer.isBuffer(made)) return made;
  expect(made.subarray(-6).toString()).toMatch(/^[a-zA-Z0-9]{6}$/);
  return { bytes: made.subarray(0, -6).toString('latin1') };
};

/** The name and the folder behind it, which is taken away again: its name is another one on each side. */
async function madeBy(api: FsPromises, prefix: unknown, options?: unknown, dir = ''): Promise<unknown> {
  const made = await untyped(api).mkdtemp(prefix, options);
  const found = fs.readdirSync(dir, { encoding: 'buffer' }).filter((name) => name.length > 5);
  const modes = found.map((name) => {
    const folder = Buffer.concat([Buffer.from(`${dir}/`), name]);
    const { mode } = fs.statSync(folder);
    fs.rmdirSync(folder);
    return mode.toString(8);
  });
  return [masked(made), modes];
}

/** A failure whose path ends in random characters. */
async function failing(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    const { code, errno, syscall, path: where, message, ...more } = error as NodeJS.ErrnoException;
    const mask = (text: string | undefined) => text?.replace(/[a-zA-Z0-9]{6}('?)$/, '<random>$1');
    const keys = Object.keys(error as object);
    return { code, errno, syscall, path: mask(where), message: mask(message), keys, more: Object.keys(more) };
  }
}

describe('mkdtemp', () => {
  test.each(['temp-', 'a', 'folder/', 'ünïcode-😀-', '\ud800', 'with space '])(
    'mkdtemp of the prefix %p',
    async (tail) => {
      const before = process.umask(0);
      try {
        const call = (api: FsPromises, dir: string) =>
          madeBy(api, `${dir}/${tail}`, undefined, path.dirname(`${dir}/${tail}x`));
        await sameValue(call, (dir) => fs.mkdirSync(`${dir}/folder`));
      } finally {
        process.umask(before);
      }
    },
  );

  test.each([
    undefined,
    null,
    'utf8',
    'latin1',
    'binary',
    'ascii',
    'buffer',
    'nonsense',
    '',
    5,
    true,
    {},
    { encoding: 'buffer' },
    { encoding: 'latin1' },
    { encoding: 'nonsense' },
    { encoding: null },
    { signal: 'no signal' },
    () => {},
  ])('mkdtemp with the options %p', async (options) => {
    await sameOutcome((api, dir) => madeBy(api, `${dir}/ünï-`, options, dir));
    await sameOutcome((api, dir) => madeBy(api, Buffer.from(`${dir}/ünï-`), options, dir));
  });

  test.each(['hex', 'base64', 'base64url'] as BufferEncoding[])(
    'mkdtemp with the encoding %s',
    async (encoding) => {
      const dir = tempDir();
      const made = await untyped(fsp).mkdtemp(`${dir}/x-`, encoding);
      expect(fs.readdirSync(dir)).toEqual([path.basename(Buffer.from(made, encoding).toString())]);
    },
  );

  test.each(['no/such', 'file/x', 'loop/x', 'n'.repeat(250)])(
    'mkdtemp of the prefix %p fails as in Node, naming what it tried',
    async (tail) => {
      await sameValue((api, dir) => failing(() => api.mkdtemp(`${dir}/${tail}`)), zoo);
      await sameValue((api, dir) => failing(() => untyped(api).mkdtemp(`${dir}/${tail}`, 'buffer')), zoo);
      await sameValue((api, dir) => failing(() => untyped(api).mkdtemp(Buffer.from(`${dir}/${tail}`))), zoo);
    },
  );

  // Node 20 and 22 write behind their memory where a Buffer is long (nodejs/node pull request 64770): they are not asked.
  testBeyondNode(
    'mkdtemp of a prefix that is longer than PATH_MAX rejects with ENAMETOOLONG, naming it',
    async () => {
      const prefix = `${tempDir()}/${'n/'.repeat(2500)}`;
      await expect(fsp.mkdtemp(prefix)).rejects.toMatchObject({
        code: 'ENAMETOOLONG',
        syscall: 'mkdtemp',
        path: `${prefix}XXXXXX`, // the template that mkdtemp(3) is given, which Node's error names too
      });
    },
  );

  testBeyondNode.each([1000, 1017, 1018, 1024, 2000, 4000])(
    'mkdtemp of a prefix of %i bytes',
    async (length) => {
      const dir = tempDir();
      // Few levels: Node's rmSync calls itself for each, and has no end or no stack for two thousand.
      const name = `${'n'.repeat(99)}/`;
      const folder = `${dir}/${name.repeat((length - dir.length - 1) / name.length)}`;
      fs.mkdirSync(folder, { recursive: true });
      const prefix = folder.padEnd(length, 'p');
      const made = await fsp.mkdtemp(prefix);
      expect([made.slice(0, -6), made.length]).toEqual([prefix, length + 6]);
      expect(fs.statSync(made).isDirectory()).toBe(true);
    },
  );

  test.each([undefined, null, 5, true, {}, 'a\0b', Buffer.from('a\0b'), [], new URL('http://x/')])(
    'mkdtemp of the wrong prefix %p does what the running Node does',
    async (prefix) => {
      await sameOutcome((api) => untyped(api).mkdtemp(prefix));
    },
  );

  test('mkdtemp takes URLs and Buffers that are not UTF-8', async () => {
    await sameValue((api, dir) => madeBy(api, pathToFileURL(`${dir}/x-`), undefined, dir));
    await sameValue((api, dir) => madeBy(api, odd(dir), undefined, dir));
    await sameValue((api, dir) => madeBy(api, odd(dir), 'buffer', dir));
  });

  test('mkdtemp of a relative prefix gives a relative name', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const before = process.cwd();
      process.chdir(dir);
      try {
        return await madeBy(api, 'relative-', undefined, dir);
      } finally {
        process.chdir(before);
      }
    };
    await sameValue(call);
  });

  test('mkdtemp of an empty prefix is the running Node’s business', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const before = process.cwd();
      process.chdir(dir);
      try {
        return await failing(() => madeBy(api, '', undefined, dir));
      } finally {
        process.chdir(before);
      }
    };
    await sameValue(call);
  });

  test('300 at once are 300 folders', async () => {
    const dir = tempDir();
    const made = await Promise.all(Array.from({ length: 300 }, () => fsp.mkdtemp(`${dir}/x-`)));
    expect(new Set(made).size).toBe(300);
    expect(fs.readdirSync(dir).sort()).toEqual(made.map((name) => path.basename(name)).sort());
  });

  test('a prefix that ends in X is warned of, once', async () => {
    const dir = tempDir();
    const script = `(async () => { for (const tail of ['X', 'XX', 'y']) await subject.mkdtemp(process.env.DIR + '/' + tail); })();`;
    const { code, stderr } = await runChild(script, { dir });
    expect(code).toBe(0);
    expect(stderr.match(/are not portable/g)).toHaveLength(1);
  });
});

const disposable = untyped(bare).mkdtempDisposable !== undefined ? describe : describe.skip;

disposable('mkdtempDisposable', () => {
  test('its result is as Node’s, and takes the folder away with all it holds', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const made = await untyped(api).mkdtempDisposable(`${dir}/temp-`);
      fs.mkdirSync(`${made.path}/a/b`, { recursive: true });
      fs.writeFileSync(`${made.path}/a/b/c`, 'x');
      const shape = Reflect.ownKeys(made).map((key) => {
        const { value, ...flags } = Object.getOwnPropertyDescriptor(made, key) as PropertyDescriptor;
        const what =
          typeof value === 'function' ? [value.name, value.length, value.constructor.name] : masked(value);
        return [String(key), what, flags];
      });
      const results = [await made.remove(), fs.existsSync(made.path), await made.remove()];
      return [Object.getPrototypeOf(made), shape, results, await made[Symbol.asyncDispose]()];
    };
    await sameValue(call);
  });

  test('it removes the folder it made, wherever the process is by then', async () => {
    const dir = tempDir();
    const before = process.cwd();
    process.chdir(dir);
    try {
      const made = await untyped(fsp).mkdtempDisposable('relative-');
      expect(made.path).toMatch(/^relative-[a-zA-Z0-9]{6}$/);
      process.chdir(before);
      await made[Symbol.asyncDispose]();
      expect(fs.readdirSync(dir)).toEqual([]);
    } finally {
      process.chdir(before);
    }
  });

  test.each([undefined, 5, 'a\0b', {}])('of the wrong prefix %p', async (prefix) => {
    await sameOutcome((api) => untyped(api).mkdtempDisposable(prefix));
  });

  test.each(['nonsense', 'buffer', 5, { encoding: 'buffer' }])('with the options %p', async (options) => {
    const call = async (api: FsPromises, dir: string) => {
      try {
        const made = await untyped(api).mkdtempDisposable(`${dir}/temp-`, options);
        await made.remove();
        return masked(made.path);
      } finally {
        for (const name of fs.readdirSync(dir)) fs.rmdirSync(`${dir}/${name}`);
      }
    };
    await sameOutcome(call);
  });

  test('of a prefix in no folder', async () => {
    await sameValue((api, dir) => failing(() => untyped(api).mkdtempDisposable(`${dir}/no/such`)), zoo);
  });
});
