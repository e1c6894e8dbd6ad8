// rm: what goes, what stays, and how it fails. All as the running Node has it.
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { aloneWithMounts } from '../support/mounts';
import {
  type FsPromises,
  fsp,
  mkfifo,
  sameError,
  sameOutcome,
  sameValue,
  sleep,
  tempDir,
  testBeyondNode,
  untyped,
} from '../support/subject';

jest.setTimeout(30_000); // also where the machine is busy

const odd = (dir: string) => Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0x41])]);

function zoo(dir: string): void {
  fs.mkdirSync(`${dir}/tree/sub/deep`, { recursive: true });
  fs.mkdirSync(`${dir}/tree/empty`);
  for (const file of ['file', 'tree/one', 'tree/sub/two', 'tree/sub/deep/three', 'tree/.hidden']) {
    fs.writeFileSync(`${dir}/${file}`, 'x');
  }
  fs.mkdirSync(`${dir}/kept`);
  fs.writeFileSync(`${dir}/kept/precious`, 'x');
  fs.mkdirSync(`${dir}/empty`);
  fs.symlinkSync('../../kept', `${dir}/tree/sub/to-kept`);
  fs.symlinkSync('..', `${dir}/tree/sub/up`);
  fs.symlinkSync('kept', `${dir}/link`);
  fs.symlinkSync('gone', `${dir}/dangling`);
  fs.writeFileSync(odd(`${dir}/tree`), 'x');
  fs.linkSync(`${dir}/file`, `${dir}/tree/hard-link`);
  mkfifo(`${dir}/tree/fifo`);
  fs.chmodSync(`${dir}/tree/one`, 0o000);
}

const optionSets = [
  undefined,
  {},
  { force: true },
  { recursive: true },
  { recursive: true, force: true },
  { recursive: true, maxRetries: 3, retryDelay: 5 },
];
const tails = [
  'file',
  'tree',
  'tree/sub',
  'tree/sub/to-kept',
  'tree/fifo',
  'empty',
  'link',
  'dangling',
  'missing',
  'no/such',
  'file/below',
  'n'.repeat(256),
  'tree/',
  'tree//',
  'tree/.',
  'tree/sub/..',
  'link/',
  'link/precious',
  'file/',
  'dangling/',
  './tree/./sub',
  'tree/../empty',
];

describe.each(optionSets)('with the options %j', (options) => {
  test.each(tails)('rm of %.40s', async (tail) => {
    await sameOutcome((api, dir) => api.rm(`${dir}/${tail}`, options), zoo);
  });

  test('rm of a Buffer, a URL, and a name that is no UTF-8', async () => {
    const tail = options?.recursive ? 'tree' : 'link';
    await sameOutcome((api, dir) => api.rm(Buffer.from(`${dir}/${tail}`), options), zoo);
    await sameOutcome((api, dir) => api.rm(pathToFileURL(`${dir}/file`), options), zoo);
    await sameOutcome((api, dir) => api.rm(odd(`${dir}/tree`), options), zoo);
  });
});

test('rm resolves with undefined', async () => {
  expect(await sameValue((api, dir) => api.rm(`${dir}/tree`, { recursive: true }), zoo)).toBe(undefined);
});

test('a missing path is a failed lstat, a folder a failed rm', async () => {
  expect((await sameError('ENOENT', (api, dir) => api.rm(`${dir}/missing`), zoo)).syscall).toBe('lstat');
  expect((await sameError('ERR_FS_EISDIR', (api, dir) => api.rm(`${dir}/tree`), zoo)).syscall).toBe('rm');
});

test.each([
  null,
  5,
  'recursive',
  true,
  [],
  () => {},
  { recursive: 1 },
  { recursive: undefined },
  { recursive: null },
  { force: 'yes' },
  { force: undefined },
  { maxRetries: -1 },
  { maxRetries: 1.5 },
  { maxRetries: '3' },
  { maxRetries: undefined },
  { maxRetries: 2 ** 32 },
  { retryDelay: -1 },
  { retryDelay: 2 ** 31 },
  { retryDelay: 'long' },
  { retryDelay: undefined },
  { unknown: true },
])('with the odd options %p rm does what the running Node does', async (options) => {
  for (const tail of ['file', 'tree', 'missing']) {
    await sameOutcome((api, dir) => untyped(api).rm(`${dir}/${tail}`, options), zoo);
  }
});

test.each(['', '.', '..', '/', 5, null, undefined, {}, 'a\0b', new URL('http://example.com')])(
  'of the odd path %p rm does what the running Node does',
  async (path) => {
    await sameOutcome((api) => untyped(api).rm(path));
  },
);

test('a getter that throws is a rejection with just that', async () => {
  for (const name of ['force', 'recursive', 'maxRetries', 'retryDelay']) {
    const trap = {
      get [name](): never {
        throw new RangeError(`from ${name}`);
      },
    };
    await sameOutcome((api, dir) => untyped(api).rm(`${dir}/tree`, trap), {
      prepare: zoo,
      foreignError: true,
    });
  }
});

test('rm of what resists: procfs', async () => {
  await sameError('EPERM', (api) => api.rm('/proc/version'));
  await sameError('EPERM', (api) => api.rm('/proc/version', { force: true, maxRetries: 2, retryDelay: 1 }));
});

const immutable = canMakeImmutable();
(immutable ? describe : describe.skip)('immutable files (needs root, and a filesystem with chattr)', () => {
  // Both folders are free again before they are compared.
  const within =
    (call: (api: FsPromises, dir: string) => Promise<unknown>) => async (api: FsPromises, dir: string) => {
      execFileSync('chattr', ['+i', `${dir}/tree/sub/two`]);
      try {
        return await call(api, dir);
      } finally {
        execFileSync('chattr', ['-i', `${dir}/tree/sub/two`]);
      }
    };

  test('the file itself', async () => {
    for (const options of [undefined, { recursive: true, force: true }])
      await sameOutcome(
        within((api, dir) => api.rm(`${dir}/tree/sub/two`, options)),
        zoo,
      );
  });

  test('a tree with one in it: the rest goes, and the error names it', async () => {
    const error = await sameOutcome(
      within((api, dir) =>
        api.rm(`${dir}/tree/sub`, { recursive: true }).finally(async () => {
          // Node rejects at the first error, and goes on removing.
          for (let looks = 0; looks < 500 && fs.readdirSync(`${dir}/tree/sub`).length > 1; looks++)
            await sleep(10);
        }),
      ),
      zoo,
    );
    expect(error.error?.path).toMatch(/\/tree\/sub\/two$/);
  });

  test('a relative path, with another folder current when it fails', async () => {
    const root = tempDir();
    for (const name of ['here', 'there']) {
      fs.mkdirSync(`${root}/${name}`);
      zoo(`${root}/${name}`);
    }
    const before = process.cwd();
    execFileSync('chattr', ['+i', `${root}/here/tree/sub/two`]);
    try {
      process.chdir(`${root}/here`);
      const removal = fsp.rm('tree', { recursive: true });
      await new Promise((resolve) => setImmediate(resolve));
      if (process.env.RINGFS_SUBJECT !== 'node' && process.env.RINGFS_BACKEND !== 'node')
        process.chdir(`${root}/there`);
      await expect(removal).rejects.toThrow('two');
      expect(fs.readdirSync(`${root}/there/tree/sub`)).toContain('two');
    } finally {
      process.chdir(before);
      execFileSync('chattr', ['-i', `${root}/here/tree/sub/two`]);
    }
  });
});

function canMakeImmutable(): boolean {
  const file = `${__dirname}/../immutable-${process.pid}`;
  fs.writeFileSync(file, '');
  const able = spawnSync('chattr', ['+i', file], { stdio: 'ignore' }).status === 0;
  if (able) execFileSync('chattr', ['-i', file]);
  fs.rmSync(file);
  return able;
}

(process.getuid?.() === 0 ? test : test.skip)(
  'a place where something is mounted is left alone (needs root)',
  async () => {
    const prepare = (dir: string) => {
      zoo(dir);
      fs.mkdirSync(`${dir}/outside`);
      fs.writeFileSync(`${dir}/outside/precious`, 'x');
    };
    const call = async (api: FsPromises, dir: string) => {
      const mounted = spawnSync('mount', ['--bind', `${dir}/outside`, `${dir}/tree/empty`]).status === 0;
      try {
        return await api
          .rm(`${dir}/tree`, { recursive: true })
          .catch((error) => (mounted ? error.code : 'EBUSY'));
      } finally {
        if (mounted) execFileSync('umount', [`${dir}/tree/empty`]);
        fs.rmSync(`${dir}/tree`, { recursive: true, force: true });
      }
    };
    await aloneWithMounts(async () => expect(await sameValue(call, prepare)).toBe('EBUSY'));
  },
);

test('a relative path', async () => {
  const call = async (api: FsPromises, dir: string) => {
    const before = process.cwd();
    process.chdir(dir);
    try {
      return await Promise.all([
        api.rm('tree', { recursive: true }),
        api.rm('./file'),
        api.rm('missing', { force: true }),
      ]);
    } finally {
      process.chdir(before);
    }
  };
  await sameValue(call, zoo);
});

test('some hundred entries, many folders deep', async () => {
  const prepare = (dir: string) => {
    for (let i = 0; i < 40; i++) {
      const folder = `${dir}/tree/${i % 4}/${i % 20}/${i}`;
      fs.mkdirSync(folder, { recursive: true });
      for (let k = 0; k < 5; k++) fs.writeFileSync(`${folder}/${k}`, '');
    }
    fs.mkdirSync(`${dir}/tree/${'deep/'.repeat(40)}`, { recursive: true });
  };
  await sameValue((api, dir) => api.rm(`${dir}/tree`, { recursive: true }), prepare);
});

test('of several removals of one tree all resolve with force', async () => {
  const dir = tempDir();
  zoo(dir);
  const options = { recursive: true, force: true };
  await Promise.all([
    fsp.rm(`${dir}/tree`, options),
    fsp.rm(`${dir}/tree`, options),
    fsp.rm(`${dir}/tree`, options),
  ]);
  expect(fs.existsSync(`${dir}/tree`)).toBe(false);
  expect(fs.existsSync(`${dir}/kept/precious`)).toBe(true);
});

testBeyondNode('a tree deeper than a path can be', async () => {
  const root = tempDir();
  fs.mkdirSync(`${root}/tree`);
  const before = process.cwd();
  process.chdir(`${root}/tree`);
  for (let i = 0; i < 30; i++) {
    fs.mkdirSync('d'.repeat(200));
    process.chdir('d'.repeat(200));
  }
  process.chdir(before);
  await fsp.rm(`${root}/tree`, { recursive: true });
  expect(fs.readdirSync(root)).toEqual([]);
});

test('no descriptor is left', async () => {
  const dir = tempDir();
  const work = async () => {
    for (let i = 0; i < 10; i++) {
      fs.mkdirSync(`${dir}/${i}`);
      zoo(`${dir}/${i}`);
    }
    await Promise.all(Array.from({ length: 10 }, (_, i) => fsp.rm(`${dir}/${i}`, { recursive: true })));
  };
  await work();
  const before = fs.readdirSync('/proc/self/fd').length;
  await work();
  expect(fs.readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
});

test('rm of a relative folder without recursive fails in Node’s words, to the last property', async () => {
  const info = await sameValue(async (api, dir) => {
    const before = process.cwd();
    process.chdir(dir);
    try {
      fs.mkdirSync('folder');
      const error = await api.rm('folder').then(
        () => undefined,
        (error) => error,
      );
      const { code, path, message, syscall, info } = error;
      return { code, path, message, syscall, info: { ...info } };
    } finally {
      process.chdir(before);
    }
  });
  expect(info).toMatchObject({ code: 'ERR_FS_EISDIR', path: 'folder', info: { path: 'folder' } });
});

test('rm of a relative path that is as long as one can be', async () => {
  const outcomes = await sameValue(async (api, dir) => {
    const before = process.cwd();
    process.chdir(dir);
    try {
      const long = (name: string) => `${'./'.repeat(2040)}${name}`;
      const code = (error: NodeJS.ErrnoException) => error.code;
      return [
        await api.rm(long('tree')).catch(code),
        await api.rm(long('missing')).catch(code),
        await api.rm(long('file')),
      ];
    } finally {
      process.chdir(before);
    }
  }, zoo);
  expect(outcomes).toEqual(['ERR_FS_EISDIR', 'ENOENT', undefined]);
});
