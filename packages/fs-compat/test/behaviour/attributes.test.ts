// chmod, chown, lchown, utimes, lutimes and statfs: of paths, and of handles.
import * as fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import {
  bare,
  type FsPromises,
  fsp,
  sameError,
  sameOutcome,
  sameValue,
  subjectName,
  tempDir,
  untyped,
  withHandle,
} from '../support/subject';
import { odd, reachable, unreachable, zoo } from '../support/zoo';

const root = process.getuid?.() === 0;
const whenRoot = root ? test : test.skip;

const modes: unknown[] = [
  0,
  0o600,
  0o777,
  0o7777,
  0o100644,
  2 ** 31 - 1,
  '600',
  '0755',
  '7777',
  '0o600',
  '',
  '8',
  'rwx',
  -1,
  1.5,
  2 ** 32,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  undefined,
  true,
  {},
  5n,
];

describe('chmod', () => {
  test.each(modes)('chmod with %p does what the running Node does', async (mode) => {
    await sameOutcome((api, dir) => untyped(api).chmod(`${dir}/file`, mode), zoo);
    await sameOutcome((api, dir) => untyped(api).chmod(`${dir}/folder`, mode), zoo);
    await sameOutcome((api, dir) => untyped(api).chmod(`${dir}/missing`, mode), zoo);
  });

  test.each(reachable)('chmod of %s', async (tail) => {
    expect(await sameValue((api, dir) => api.chmod(`${dir}/${tail}`, 0o751), zoo)).toBe(undefined);
  });

  test.each([...unreachable, ['dangling', 'ENOENT'], ['loop', 'ELOOP']] as [string, string][])(
    'chmod of %p rejects with %s',
    async (tail, code) => {
      const error = await sameError(code, (api, dir) => api.chmod(`${dir}/${tail}`, 0o600), zoo);
      expect(error.syscall).toBe('chmod');
    },
  );

  test('chmod takes Buffers, URLs and Buffers that are not UTF-8', async () => {
    await sameValue((api, dir) => api.chmod(Buffer.from(`${dir}/file`), 0o600), zoo);
    await sameValue((api, dir) => api.chmod(pathToFileURL(`${dir}/file`), 0o600), zoo);
    await sameValue(
      (api, dir) => api.chmod(odd(dir), 0o600),
      (dir) => fs.writeFileSync(odd(dir), 'x'),
    );
    await sameError('ENOENT', (api, dir) => api.chmod(odd(dir), 0o600));
  });

  test('lchmod is Node’s own: there is none on Linux', async () => {
    await sameError('ERR_METHOD_NOT_IMPLEMENTED', (api, dir) => api.lchmod(`${dir}/file`, 0o600), zoo);
  });
});

/** What the call left behind, as the owner of `tail`. */
const owners =
  (tail: string, ids: unknown[], name: 'chown' | 'lchown') => async (api: FsPromises, dir: string) => {
    const result = await untyped(api)[name](`${dir}/${tail}`, ...ids);
    const look = (stats: fs.Stats) => [stats.uid, stats.gid];
    const there = fs.existsSync(`${dir}/${tail}`) ? look(fs.statSync(`${dir}/${tail}`)) : 'dangling';
    return [result, there, look(fs.lstatSync(`${dir}/${tail}`))];
  };

describe.each(['chown', 'lchown'] as const)('%s', (name) => {
  whenRoot.each([
    ['file', 1000, 1001],
    ['file', -1, 1001],
    ['file', 1000, -1],
    ['file', -1, -1],
    ['file', 0xffff_fffe, 0x8000_0000],
    ['file', 0xffff_ffff, 0xffff_ffff],
    ['folder', 12, 13],
    ['link', 12, 13],
    ['folder-link', 12, 13],
    ['fifo', 12, 13],
  ])(`${name} of %s to %i and %i`, async (tail, uid, gid) => {
    await sameValue(owners(tail, [uid, gid], name), zoo);
  });

  test(`${name} of a dangling link and of a loop`, async () => {
    await sameOutcome(owners('dangling', [-1, -1], name), zoo);
    await sameOutcome(owners('loop', [-1, -1], name), zoo);
  });

  test(`${name} to what is there already`, async () => {
    const ids = [process.getuid?.(), process.getgid?.()];
    await sameValue(owners('file', ids, name), zoo);
  });

  test.each(unreachable)(`${name} of %p rejects with %s`, async (tail, code) => {
    const error = await sameError(code, (api, dir) => api[name](`${dir}/${tail}`, -1, -1), zoo);
    expect(error.syscall).toBe(name);
  });

  test.each([-2, 1.5, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY, '0', null, undefined, true, {}, 0n])(
    `${name} with the wrong id %p does what the running Node does`,
    async (id) => {
      await sameOutcome((api, dir) => untyped(api)[name](`${dir}/file`, id, -1), zoo);
      await sameOutcome((api, dir) => untyped(api)[name](`${dir}/file`, -1, id), zoo);
      await sameOutcome((api) => untyped(api)[name](5, id, id), zoo);
    },
  );

  test(`${name} takes Buffers and URLs`, async () => {
    await sameValue((api, dir) => api[name](Buffer.from(`${dir}/file`), -1, -1), zoo);
    await sameValue((api, dir) => api[name](pathToFileURL(`${dir}/file`), -1, -1), zoo);
    await sameError('ENOENT', (api, dir) => api[name](odd(dir), -1, -1));
  });
});

/** The times that the call left, to the nanosecond. */
const times =
  (tail: string, args: unknown[], name: 'utimes' | 'lutimes') => async (api: FsPromises, dir: string) => {
    const result = await untyped(api)[name](`${dir}/${tail}`, ...args);
    const look = (stats: fs.BigIntStats) => [stats.atimeNs, stats.mtimeNs];
    const file = `${dir}/${tail}`;
    // To follow a link moves its times: they are looked at before anything else.
    if (name === 'lutimes') return [result, look(fs.lstatSync(file, { bigint: true }))];
    return [result, fs.existsSync(file) ? look(fs.statSync(file, { bigint: true })) : 'dangling'];
  };

const someTimes: unknown[] = [
  0,
  -0,
  1,
  1.5,
  1e-9,
  1e-6,
  1e-3,
  0.1 + 0.2,
  1.123456789,
  1.9999999999,
  999999999.999999,
  1700000000.123456,
  1700000000.1234567,
  2 ** 31 - 0.5,
  2 ** 31,
  2 ** 32 + 0.7,
  4e9,
  '0',
  '',
  ' 12 ',
  '1.5',
  '-3',
  '-1.5',
  '-0.000001',
  '0x10',
  '1e3',
  new Date(0),
  new Date(1234),
  new Date(1_700_000_000_123),
  new Date(-1500),
  new Date(-1),
];

describe.each(['utimes', 'lutimes'] as const)('%s', (name) => {
  test.each(someTimes)(`${name} to %p sets the running Node’s nanoseconds`, async (time) => {
    await sameValue(times('file', [time, 5], name), zoo);
    await sameValue(times('file', [5, time], name), zoo);
  });

  test(`${name} to 500 random times sets the running Node’s nanoseconds`, async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/ours`, '');
    fs.writeFileSync(`${dir}/theirs`, '');
    let seed = 12345;
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    for (let i = 0; i < 500; i++) {
      const [atime, mtime] = [random() * 2 ** (i % 33), new Date(Math.floor((random() - 0.3) * 4e12))];
      await fsp[name](`${dir}/ours`, atime, mtime);
      await bare[name](`${dir}/theirs`, atime, mtime);
      const [ours, theirs] = ['ours', 'theirs'].map((tail) =>
        fs.statSync(`${dir}/${tail}`, { bigint: true }),
      );
      expect([atime, ours?.atimeNs, mtime, ours?.mtimeNs]).toEqual([
        atime,
        theirs?.atimeNs,
        mtime,
        theirs?.mtimeNs,
      ]);
    }
  });

  test(`${name} to a negative number means now`, async () => {
    const dir = tempDir();
    zoo(dir);
    for (const [atime, mtime] of [
      [-1, -1.5],
      [-0.25, -1e9],
    ] as const) {
      const before = Date.now();
      await fsp[name](`${dir}/file`, atime, mtime);
      const after = Date.now();
      const stats = fs.statSync(`${dir}/file`);
      for (const time of [stats.atimeMs, stats.mtimeMs]) {
        expect(time).toBeGreaterThanOrEqual(before - 1);
        expect(time).toBeLessThanOrEqual(after + 1);
      }
    }
  });

  test.each(['folder', 'link', 'folder-link', 'fifo', 'dangling', 'loop', 'hard-link'])(
    `${name} of %s`,
    async (tail) => {
      await sameOutcome(times(tail, [12.5, new Date(99_000)], name), zoo);
    },
  );

  test.each(unreachable)(`${name} of %p rejects with %s`, async (tail, code) => {
    const error = await sameError(code, (api, dir) => api[name](`${dir}/${tail}`, 1, 2), zoo);
    expect(error.syscall).toBe(name.slice(0, -1));
  });

  test.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    null,
    undefined,
    {},
    true,
    [],
    'soon',
    5n,
    Symbol('time'),
    Object(5),
  ])(`${name} with the wrong time %p does what the running Node does`, async (time) => {
    await sameOutcome((api, dir) => untyped(api)[name](`${dir}/file`, time, 5), zoo);
    await sameOutcome((api, dir) => untyped(api)[name](`${dir}/file`, 5, time), zoo);
    await sameOutcome((api) => untyped(api)[name](5, time, time), zoo);
  });

  test(`${name} takes Buffers and URLs`, async () => {
    await sameValue((api, dir) => api[name](Buffer.from(`${dir}/file`), 1, 2), zoo);
    await sameValue((api, dir) => api[name](pathToFileURL(`${dir}/file`), 1, 2), zoo);
    await sameError('ENOENT', (api, dir) => api[name](odd(dir), 1, 2));
  });
});

describe('statfs', () => {
  /** All that does not move while others write. */
  const still = async (api: FsPromises, file: string, options?: unknown) => {
    const found = await untyped(api).statfs(file, options);
    const { type, bsize, frsize, blocks, ...moving } = found;
    const types = Object.entries(moving).map(([key, value]) => [key, typeof value]);
    return {
      still: [type, bsize, frsize, blocks],
      types,
      keys: Reflect.ownKeys(found),
      flags: Object.values(Object.getOwnPropertyDescriptors(found)).map(({ value: _, ...flags }) => flags),
      isNodes: Object.getPrototypeOf(found) === Object.getPrototypeOf(fs.statfsSync('/')),
    };
  };

  test.each([undefined, {}, { bigint: false }, { bigint: true }, { bigint: undefined }, { extra: 1 }])(
    'statfs with %j',
    async (options) => {
      await sameValue((api, dir) => still(api, dir, options), zoo);
      for (const file of ['/', '/proc', '/dev/shm', '/dev/null', '.'].filter((name) => fs.existsSync(name)))
        await sameValue((api) => still(api, file, options));
      await sameValue((api, dir) => still(api, `${dir}/link`, options), zoo);
    },
  );

  test.each([null, 5, 'text', true, { bigint: 'yes' }, { bigint: 1 }])(
    'statfs with the odd options %j does what the running Node does',
    async (options) => {
      await sameOutcome((api, dir) => still(api, dir, options), zoo);
    },
  );

  test.each(unreachable)('statfs of %p rejects with %s', async (tail, code) => {
    const error = await sameError(code, (api, dir) => api.statfs(`${dir}/${tail}`), zoo);
    expect(error.syscall).toBe('statfs');
  });

  test('statfs takes Buffers and URLs', async () => {
    const dir = tempDir();
    const plain = await fsp.statfs(dir);
    expect((await fsp.statfs(Buffer.from(dir))).blocks).toBe(plain.blocks);
    expect((await fsp.statfs(pathToFileURL(dir))).type).toBe(plain.type);
    await sameError('ENOENT', (api, folder) => api.statfs(odd(folder)));
  });
});

describe('FileHandle', () => {
  const on =
    (flags: string, work: (handle: Awaited<ReturnType<FsPromises['open']>>) => unknown) =>
    (api: FsPromises, dir: string) =>
      withHandle(api, `${dir}/file`, flags, async (handle) => {
        const result = await work(handle);
        const stats = fs.statSync(`${dir}/file`, { bigint: true });
        return [result, stats.mode, stats.uid, stats.gid];
      });

  test.each(modes)('handle.chmod(%p) does what the running Node does', async (mode) => {
    await sameOutcome(
      on('r', (handle) => untyped(handle).chmod(mode)),
      zoo,
    );
  });

  whenRoot.each([
    [1000, 1001],
    [-1, 7],
    [7, -1],
    [0xffff_fffe, 0xffff_ffff],
  ])('handle.chown(%i, %i)', async (uid, gid) => {
    await sameValue(
      on('r', (handle) => handle.chown(uid, gid)),
      zoo,
    );
  });

  test.each([-2, 1.5, 2 ** 32, '0', null, undefined, {}])(
    'handle.chown with the wrong id %p does what the running Node does',
    async (id) => {
      await sameOutcome(
        on('r', (handle) => untyped(handle).chown(id, -1)),
        zoo,
      );
      await sameOutcome(
        on('r', (handle) => untyped(handle).chown(-1, id)),
        zoo,
      );
    },
  );

  const timesOf = (args: unknown[]) => (api: FsPromises, dir: string) =>
    withHandle(api, `${dir}/file`, 'r', async (handle) => {
      const result = await untyped(handle).utimes(...args);
      const stats = await handle.stat({ bigint: true });
      return [result, stats.atimeNs, stats.mtimeNs];
    });

  test.each(someTimes)('handle.utimes to %p sets the running Node’s nanoseconds', async (time) => {
    await sameValue(timesOf([time, 3]), zoo);
    await sameValue(timesOf([3, time]), zoo);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, null, undefined, {}, 'soon'])(
    'handle.utimes with the wrong time %p does what the running Node does',
    async (time) => {
      await sameOutcome(
        on('r', (handle) => untyped(handle).utimes(time, 5)),
        zoo,
      );
      await sameOutcome(
        on('r', (handle) => untyped(handle).utimes(5, time)),
        zoo,
      );
    },
  );

  test.each([
    ['chmod', [0o600]],
    ['chown', [-1, -1]],
    ['utimes', [1, 2]],
  ] as [string, unknown[]][])(
    'handle.%s of a closed handle, and of a this that is none',
    async (name, args) => {
      await sameOutcome(async (api, dir) => {
        const handle = await api.open(`${dir}/file`);
        await handle.close();
        return await untyped(handle)[name](...args);
      }, zoo);
      await sameOutcome(async (api, dir) => {
        const handle = await api.open(`${dir}/file`);
        try {
          return await untyped(handle)[name].call({}, ...args);
        } finally {
          await handle.close();
        }
      }, zoo);
    },
  );

  (subjectName === 'ringfs' ? test : test.skip)('close waits for what is in flight', async () => {
    const dir = tempDir();
    zoo(dir);
    const handle = await fsp.open(`${dir}/file`);
    const work = Promise.all([handle.chmod(0o611), handle.utimes(1, 2), handle.chown(-1, -1)]);
    await handle.close();
    await work;
    expect([fs.statSync(`${dir}/file`).mode & 0o777, fs.statSync(`${dir}/file`).mtimeMs]).toEqual([
      0o611, 2000,
    ]);
  });
});
