// stat, lstat, access, unlink, mkdir, rename and truncate: the running Node's results, errors and side effects.
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
} from '../support/subject';
import { odd, reachable, shared, unreachable, zoo } from '../support/zoo';

describe.each(['stat', 'lstat'] as const)('%s', (name) => {
  const ask = (tail: string, options?: unknown) => (api: FsPromises, dir: string) =>
    options === undefined ? api[name](`${dir}/${tail}`) : untyped(api)[name](`${dir}/${tail}`, options);

  test.each(reachable)(`${name} of %s is Node’s to the last property, value and descriptor`, async (tail) => {
    await sameValue(ask(tail), shared);
  });

  test.each(reachable)(
    `${name} of %s with bigint is Node’s to the last property, value and descriptor`,
    async (tail) => {
      await sameValue(ask(tail, { bigint: true }), shared);
    },
  );

  test.each(['/dev/null', '/dev/full', '/proc', '/proc/version', '/sys', '/dev', '/', '/proc/self/exe'])(
    `${name} of %s`,
    async (file) => {
      for (const bigint of [false, true]) {
        const outcome = await fsp[name](file, { bigint });
        const expected = await fs.promises[name](file, { bigint });
        expect([
          outcome.mode,
          outcome.rdev,
          outcome.nlink === expected.nlink || file.startsWith('/proc'),
        ]).toEqual([expected.mode, expected.rdev, true]);
        expect(Reflect.ownKeys(outcome)).toEqual(Reflect.ownKeys(expected));
      }
    },
  );

  test.each(unreachable)(`${name} of %p rejects with %s`, async (tail, code) => {
    const error = await sameError(code, ask(tail), zoo);
    expect(error.syscall).toBe(name);
  });

  test(`${name} of a dangling link and of a loop`, async () => {
    await sameOutcome(ask('dangling'), shared);
    await sameOutcome(ask('loop'), shared);
  });

  test.each([{}, { bigint: false }, { bigint: true }, { bigint: undefined }, { extra: 1 }, undefined])(
    `${name} with the options %j`,
    async (options) => {
      await sameOutcome((api, dir) => untyped(api)[name](`${dir}/file`, options), shared);
    },
  );

  test.each([null, 5, 'text', true, { bigint: 'yes' }, { bigint: 1 }, { bigint: null }])(
    `${name} with the odd options %j does what the running Node does`,
    async (options) => {
      await sameOutcome((api, dir) => untyped(api)[name](`${dir}/file`, options), shared);
    },
  );

  test.each([{ throwIfNoEntry: false }, { throwIfNoEntry: true }, { throwIfNoEntry: false, bigint: true }])(
    `${name} of what is missing with %j does what the running Node does`,
    async (options) => {
      await sameOutcome(ask('missing', options), shared);
      await sameOutcome(ask('file/below', options), shared);
      await sameOutcome(ask('file', options), shared);
      await sameOutcome(ask('loop/x', options), shared);
    },
  );

  test(`${name} takes Buffers, URLs and Buffers that are not UTF-8`, async () => {
    await sameValue((api, dir) => api[name](Buffer.from(`${dir}/file`)), shared);
    await sameValue((api, dir) => api[name](pathToFileURL(`${dir}/file`)), shared);
    await sameValue((api, dir) => api[name](odd(dir)), {
      ...shared,
      prepare: (dir) => fs.writeFileSync(odd(dir), 'x'),
    });
    await sameError('ENOENT', (api, dir) => api[name](odd(dir)), shared);
  });

  test(`${name} gives an fs.Stats with working methods and dates`, async () => {
    const dir = tempDir();
    zoo(dir);
    fs.utimesSync(`${dir}/file`, 1.5, 2.25);
    const stats = await fsp[name](`${dir}/file`);
    expect(stats).toBeInstanceOf(fs.Stats);
    expect([
      stats.isFile(),
      stats.isDirectory(),
      stats.isSymbolicLink(),
      stats.isFIFO(),
      stats.isSocket(),
    ]).toEqual([true, false, false, false, false]);
    expect([stats.atimeMs, stats.mtimeMs, stats.atime.getTime(), stats.mtime.getTime()]).toEqual([
      1500, 2250, 1500, 2250,
    ]);
    expect((await fsp[name](`${dir}/fifo`)).isFIFO()).toBe(true);
    expect((await fsp[name]('/dev/null')).isCharacterDevice()).toBe(true);
    expect((await fsp[name](`${dir}/link`)).isSymbolicLink()).toBe(name === 'lstat');
    const big = await fsp[name](`${dir}/file`, { bigint: true });
    expect([big.mtimeNs, big.mtimeMs, big.size]).toEqual([2_250_000_000n, 2250n, 12n]);
  });

  test.each([0, -1.5, 1e-3, 2 ** 31 + 0.5, 1700000000.123456, -86400])(
    `${name} of a file whose time is %p s`,
    async (time) => {
      const prepare = (dir: string) => {
        fs.writeFileSync(`${dir}/file`, 'x');
        fs.utimesSync(`${dir}/file`, time, time);
      };
      await sameValue(ask('file'), { prepare, folder: 'shared' });
      await sameValue(ask('file', { bigint: true }), { prepare, folder: 'shared' });
    },
  );

  test.each([2 ** 31, 2 ** 32 + 1, 2 ** 43])(`${name} of a sparse file of %i bytes`, async (size) => {
    const prepare = (dir: string) => {
      fs.writeFileSync(`${dir}/file`, '');
      fs.truncateSync(`${dir}/file`, size);
    };
    await sameValue(ask('file'), { prepare, folder: 'shared' });
  });

  test(`the dates of a ${name} result can be assigned and compared as in Node`, async () => {
    const call = async (api: FsPromises, dir: string) => {
      const stats = await api[name](`${dir}/file`);
      const first = stats.mtime;
      stats.mtime = new Date(77);
      return [
        first === stats.mtime,
        stats.mtime.getTime(),
        Object.keys(stats),
        JSON.stringify(Object.keys({ ...stats })),
      ];
    };
    await sameValue(call, shared);
  });

  test(`500 concurrent calls of ${name} each get their own answer`, async () => {
    const dir = tempDir();
    for (let i = 0; i < 500; i++) fs.writeFileSync(`${dir}/${i}`, 'x'.repeat(i));
    const sizes = await Promise.all(
      Array.from({ length: 500 }, async (_, i) => (await fsp[name](`${dir}/${i}`)).size),
    );
    expect(sizes).toEqual(Array.from({ length: 500 }, (_, i) => i));
  });
});

describe('access', () => {
  const { F_OK, R_OK, W_OK, X_OK } = fs.constants;
  const modes: [string, unknown][] = [
    ['nothing', undefined],
    ['F_OK', F_OK],
    ['R_OK', R_OK],
    ['W_OK', W_OK],
    ['X_OK', X_OK],
    ['R_OK|W_OK', R_OK | W_OK],
    ['R_OK|W_OK|X_OK', R_OK | W_OK | X_OK],
  ];
  test.each(modes)('access with %s of everything there is', async (_name, mode) => {
    for (const tail of [...reachable, 'dangling', 'loop', 'missing']) {
      await sameOutcome((api, dir) => untyped(api).access(`${dir}/${tail}`, mode), shared);
    }
  });

  test.each(unreachable)('access of %p rejects with %s', async (tail, code) => {
    const error = await sameError(code, (api, dir) => api.access(`${dir}/${tail}`), zoo);
    expect(error.syscall).toBe('access');
  });

  test('access resolves with undefined', async () => {
    expect(await sameValue((api, dir) => api.access(`${dir}/file`), zoo)).toBe(undefined);
  });

  test('access to execute a file that is not executable rejects with EACCES, for root too', async () => {
    await sameError('EACCES', (api, dir) => api.access(`${dir}/file`, X_OK), zoo);
  });

  test.each([8, -1, 1.5, '4', null, Number.NaN, {}, 2 ** 31, 2 ** 32, Number.POSITIVE_INFINITY, true])(
    'access with the mode %p does what the running Node does',
    async (mode) => {
      await sameOutcome((api, dir) => untyped(api).access(`${dir}/file`, mode), zoo);
    },
  );

  test('access takes Buffers, URLs and Buffers that are not UTF-8', async () => {
    await sameValue((api, dir) => api.access(Buffer.from(`${dir}/file`)), zoo);
    await sameValue((api, dir) => api.access(pathToFileURL(`${dir}/file`)), zoo);
    await sameError('ENOENT', (api, dir) => api.access(odd(dir)), zoo);
  });
});

describe('unlink', () => {
  test.each([
    'file',
    'empty',
    'link',
    'folder-link',
    'dangling',
    'loop',
    'fifo',
    'hard-link',
    'folder/inside',
    'folder-link/inside',
  ])('unlink of %s removes that name and nothing else', async (tail) => {
    expect(await sameValue((api, dir) => api.unlink(`${dir}/${tail}`), zoo)).toBe(undefined);
  });

  test.each([
    ...unreachable,
    ['folder', 'EISDIR'],
    ['empty-folder', 'EISDIR'],
    ['folder/', 'EISDIR'],
    ['', 'EISDIR'],
  ] as [string, string][])('unlink of %p rejects with %s', async (tail, code) => {
    const error = await sameError(code, (api, dir) => api.unlink(`${dir}/${tail}`), zoo);
    expect(error.syscall).toBe('unlink');
  });

  test('unlink takes Buffers, URLs and Buffers that are not UTF-8', async () => {
    await sameValue((api, dir) => api.unlink(Buffer.from(`${dir}/file`)), zoo);
    await sameValue((api, dir) => api.unlink(pathToFileURL(`${dir}/file`)), zoo);
    await sameValue(
      (api, dir) => api.unlink(odd(dir)),
      (dir) => fs.writeFileSync(odd(dir), 'x'),
    );
  });

  test('of two unlinks of one file one resolves and one rejects with ENOENT', async () => {
    const dir = tempDir();
    zoo(dir);
    const results = await Promise.allSettled([fsp.unlink(`${dir}/file`), fsp.unlink(`${dir}/file`)]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('200 files unlinked at once are all gone', async () => {
    const dir = tempDir();
    for (let i = 0; i < 200; i++) fs.writeFileSync(`${dir}/${i}`, '');
    await Promise.all(Array.from({ length: 200 }, (_, i) => fsp.unlink(`${dir}/${i}`)));
    expect(fs.readdirSync(dir)).toEqual([]);
  });
});

describe('mkdir', () => {
  test('mkdir makes a folder and resolves with undefined', async () => {
    expect(await sameValue((api, dir) => api.mkdir(`${dir}/new`), zoo)).toBe(undefined);
    expect(await sameValue((api, dir) => api.mkdir(`${dir}/new/`), zoo)).toBe(undefined);
  });

  test.each([
    0o700,
    0o777,
    0o000,
    0o1777,
    0o2755,
    '750',
    '0o700',
    undefined,
    null,
    { mode: 0o711 },
    { mode: '711' },
    { mode: undefined },
    { mode: null },
    {},
  ])('mkdir with %j gives the mode less the umask', async (options) => {
    for (const umask of [0o022, 0o077, 0]) {
      const before = process.umask(umask);
      try {
        await sameOutcome((api, dir) => untyped(api).mkdir(`${dir}/new`, options));
        await sameOutcome((api, dir) =>
          untyped(api).mkdir(
            `${dir}/a/b/c`,
            typeof options === 'object'
              ? { ...options, recursive: true }
              : { mode: options, recursive: true },
          ),
        );
      } finally {
        process.umask(before);
      }
    }
  });

  test.each([
    ['file', 'EEXIST'],
    ['folder', 'EEXIST'],
    ['link', 'EEXIST'],
    ['dangling', 'EEXIST'],
    ['loop', 'EEXIST'],
    ['', 'EEXIST'],
    ['.', 'EEXIST'],
    ['no/such', 'ENOENT'],
    ['file/below', 'ENOTDIR'],
    ['loop/x', 'ELOOP'],
    ['n'.repeat(256), 'ENAMETOOLONG'],
    ['n/'.repeat(2500), 'ENAMETOOLONG'],
  ])('mkdir of %p rejects with %s', async (tail, code) => {
    const error = await sameError(code, (api, dir) => api.mkdir(`${dir}/${tail}`), zoo);
    expect(error.syscall).toBe('mkdir');
  });

  test.each([
    'new',
    'a/b/c',
    'a/b/c/',
    'folder/x/y',
    'folder-link/x/y',
    'a//b///c',
    'a/./b',
    'a/../b',
    'folder/../new/x',
  ])('mkdir -p of %s makes all that is missing and resolves with the first it made', async (tail) => {
    await sameValue((api, dir) => api.mkdir(`${dir}/${tail}`, { recursive: true }), zoo);
  });

  test.each(['folder', 'folder/', 'folder-link', '', '.', 'folder/..'])(
    'mkdir -p of %p, which is there, resolves with undefined',
    async (tail) => {
      expect(await sameValue((api, dir) => api.mkdir(`${dir}/${tail}`, { recursive: true }), zoo)).toBe(
        undefined,
      );
    },
  );

  test.each([
    'file',
    'file/below',
    'file/below/deep',
    'link',
    'link/below',
    'dangling',
    'dangling/below',
    'loop',
    'loop/x',
    'fifo/x',
    `ok/${'n'.repeat(256)}/deep`,
    'n/'.repeat(2500),
  ])('mkdir -p of %p fails as in Node, and leaves what Node leaves', async (tail) => {
    await sameOutcome((api, dir) => api.mkdir(`${dir}/${tail}`, { recursive: true }), zoo);
  });

  test('mkdir -p of a relative path resolves with what Node gives', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const before = process.cwd();
      process.chdir(dir);
      try {
        return [
          await api.mkdir('r/s/t', { recursive: true }),
          await api.mkdir('./r/u', { recursive: true }),
          await api.mkdir('r', { recursive: true }),
        ];
      } finally {
        process.chdir(before);
      }
    };
    await sameValue(call);
  });

  test('mkdir takes Buffers, URLs and Buffers that are not UTF-8, recursive or not', async () => {
    for (const recursive of [false, true]) {
      await sameValue((api, dir) => api.mkdir(Buffer.from(`${dir}/new`), { recursive }));
      await sameValue((api, dir) => api.mkdir(pathToFileURL(`${dir}/new`), { recursive }));
      await sameValue((api, dir) => api.mkdir(odd(dir), { recursive }));
    }
  });

  test('mkdir -p of Buffers resolves with text, and fails with Node’s words', async () => {
    const below = (dir: string, tail: string) => Buffer.concat([odd(dir), Buffer.from(tail)]);
    await sameValue((api, dir) => api.mkdir(Buffer.from(`${dir}/a/b/c`), { recursive: true }), zoo);
    await sameValue((api, dir) => api.mkdir(below(dir, '/x/y'), { recursive: true }), zoo);
    await sameValue(
      (api, dir) => api.mkdir(below(dir, '/x/y'), { recursive: true, mode: 0o700 }),
      (dir) => {
        fs.mkdirSync(odd(dir));
      },
    );
    for (const tail of ['file/below', 'dangling/below', `ok/${'n'.repeat(256)}/deep`, 'file']) {
      await sameOutcome((api, dir) => api.mkdir(Buffer.from(`${dir}/${tail}`), { recursive: true }), zoo);
      await sameOutcome((api, dir) => api.mkdir(pathToFileURL(`${dir}/${tail}`), { recursive: true }), zoo);
    }
  });

  test.each([
    { recursive: 1 },
    { recursive: 'yes' },
    { recursive: null },
    { mode: 'no octal' },
    { mode: -1 },
    { mode: 1.5 },
    { mode: 2 ** 32 },
    { mode: {} },
    { mode: true },
    'rwx',
    '9',
    -1,
    2 ** 40,
    true,
    () => {},
    Symbol('options'),
  ])('mkdir with the wrong options %p does what the running Node does', async (options) => {
    await sameOutcome((api, dir) => untyped(api).mkdir(`${dir}/new`, options));
  });

  test('of many mkdirs of one folder exactly one resolves', async () => {
    const dir = tempDir();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => fsp.mkdir(`${dir}/new`)));
    expect(results.filter((result) => result.status === 'fulfilled').length).toBe(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe('EEXIST');
  });

  test('many mkdir -p of folders that share a missing parent all resolve', async () => {
    const dir = tempDir();
    await Promise.all(
      Array.from({ length: 30 }, (_, i) => fsp.mkdir(`${dir}/a/b/${i}/c`, { recursive: true })),
    );
    expect(fs.readdirSync(`${dir}/a/b`).length).toBe(30);
  });
});

describe('rename', () => {
  test.each([
    ['file', 'new'],
    ['file', 'folder/new'],
    ['file', 'empty'],
    ['file', 'file'],
    ['file', 'hard-link'],
    ['file', 'dangling'],
    ['file', 'fifo'],
    ['link', 'new'],
    ['link', 'file'],
    ['dangling', 'new'],
    ['loop', 'new'],
    ['fifo', 'new'],
    ['folder', 'new'],
    ['folder', 'new/'],
    ['folder', 'empty-folder'],
    ['empty-folder', 'empty-folder'],
    ['folder/inside', 'file'],
  ])('rename of %s to %s', async (from, to) => {
    expect(await sameValue((api, dir) => api.rename(`${dir}/${from}`, `${dir}/${to}`), zoo)).toBe(undefined);
  });

  test.each([
    ['missing', 'new', 'ENOENT'],
    ['file', 'no/such', 'ENOENT'],
    ['file', 'file/below', 'ENOTDIR'],
    ['file', 'folder', 'EISDIR'],
    ['folder', 'file', 'ENOTDIR'],
    ['empty-folder', 'folder', 'ENOTEMPTY'],
    ['folder', 'folder/inside/x', 'ENOTDIR'],
    ['folder', 'folder/itself', 'EINVAL'],
    ['file/below', 'new', 'ENOTDIR'],
    ['loop/x', 'new', 'ELOOP'],
    ['file', 'n'.repeat(256), 'ENAMETOOLONG'],
    ['n'.repeat(256), 'new', 'ENAMETOOLONG'],
    ['file', 'n/'.repeat(35_000), 'ENAMETOOLONG'],
    ['n/'.repeat(35_000), 'n/'.repeat(35_000), 'ENAMETOOLONG'],
  ])('rename of %p to %p rejects with %s, naming path and dest', async (from, to, code) => {
    const error = await sameError(code, (api, dir) => api.rename(`${dir}/${from}`, `${dir}/${to}`), zoo);
    expect(error.syscall).toBe('rename');
    expect([error.path?.endsWith(from), error.dest?.endsWith(to)]).toEqual([true, true]);
  });

  test('rename to another filesystem rejects with EXDEV', async () => {
    const here = fs.statSync(tempDir()).dev;
    if (!fs.existsSync('/dev/shm') || fs.statSync('/dev/shm').dev === here) return;
    await sameError('EXDEV', (api, dir) => api.rename(`${dir}/file`, '/dev/shm/ringfs-rename-test'), zoo);
  });

  test('rename takes Buffers, URLs and Buffers that are not UTF-8', async () => {
    await sameValue((api, dir) => api.rename(Buffer.from(`${dir}/file`), pathToFileURL(`${dir}/new`)), zoo);
    await sameValue((api, dir) => api.rename(`${dir}/file`, odd(dir)), zoo);
    await sameError('ENOENT', (api, dir) => api.rename(odd(dir), odd(dir, 0xfe)), zoo);
  });

  test.each([
    ['old', [undefined, 'x']],
    ['old', [5, 'x']],
    ['new', ['x', undefined]],
    ['new', ['x', null]],
    ['new', ['x', 'a\0b']],
    ['old', ['a\0b', 'x']],
    ['both', [5, 6]],
    ['both', []],
  ])('rename with a wrong %s path %j names the argument as Node does', async (_which, args) => {
    await sameOutcome((api) => untyped(api).rename(...args));
  });
});

describe('truncate of a path', () => {
  test.each([undefined, 0, 3, 100, -5, -0, 2 ** 31, 2 ** 33])('truncate to %p', async (length) => {
    const call = (api: FsPromises, dir: string) =>
      length === undefined ? api.truncate(`${dir}/file`) : api.truncate(`${dir}/file`, length);
    expect(await sameValue(call, zoo)).toBe(undefined);
  });

  test.each(['link', 'hard-link', 'empty', 'folder-link/inside'])('truncate of %s', async (tail) => {
    await sameValue((api, dir) => api.truncate(`${dir}/${tail}`, 5), zoo);
  });

  test.each([...unreachable, ['dangling', 'ENOENT'], ['folder', 'EISDIR']] as [string, string][])(
    'truncate of %p rejects with %s, as open',
    async (tail, code) => {
      const error = await sameError(code, (api, dir) => api.truncate(`${dir}/${tail}`), zoo);
      expect(error.syscall).toBe('open');
    },
  );

  test('truncate of a FIFO rejects with EINVAL, as ftruncate and without a path', async () => {
    const error = await sameError('EINVAL', (api, dir) => api.truncate(`${dir}/fifo`), zoo);
    expect([error.syscall, 'path' in error]).toEqual(['ftruncate', false]);
  });

  test.each([null, '4', {}, 2n, true])(
    'truncate to the wrong length %p does what the running Node does',
    async (length) => {
      // Up to Node 24 numbers that are no integers end the process.
      await sameOutcome((api, dir) => untyped(api).truncate(`${dir}/missing`, length), zoo);
    },
  );

  test('truncate takes Buffers, URLs and Buffers that are not UTF-8', async () => {
    await sameValue((api, dir) => api.truncate(Buffer.from(`${dir}/file`), 4), zoo);
    await sameValue((api, dir) => api.truncate(pathToFileURL(`${dir}/file`), 4), zoo);
    await sameValue(
      (api, dir) => api.truncate(odd(dir), 4),
      (dir) => fs.writeFileSync(odd(dir), 'some content'),
    );
  });
});
