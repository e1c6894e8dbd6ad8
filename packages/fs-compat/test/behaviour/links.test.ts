// link, symlink, readlink and realpath.
import * as fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ENCODINGS } from '../support/encodings';
import {
  type FsPromises,
  fsp,
  sameError,
  sameOutcome,
  sameValue,
  tempDir,
  testBeyondNode,
  untyped,
} from '../support/subject';
import { odd, reachable, shared, unreachable, zoo } from '../support/zoo';

const pairsThatFail: [string, string, string][] = [
  ['missing', 'new', 'ENOENT'],
  ['file', 'no/such', 'ENOENT'],
  ['file', 'file/below', 'ENOTDIR'],
  ['file/below', 'new', 'ENOTDIR'],
  ['loop/x', 'new', 'ELOOP'],
  ['file', 'empty', 'EEXIST'],
  ['file', 'file', 'EEXIST'],
  ['file', 'folder', 'EEXIST'],
  ['file', 'dangling', 'EEXIST'],
  ['file', 'n'.repeat(256), 'ENAMETOOLONG'],
  ['n'.repeat(256), 'new', 'ENAMETOOLONG'],
  ['file', 'n/'.repeat(35_000), 'ENAMETOOLONG'],
  ['n/'.repeat(35_000), 'new', 'ENAMETOOLONG'],
];

/** Names of encodings, right and wrong, as a string and as an option. */
const encodings: unknown[] = [
  undefined,
  null,
  ...ENCODINGS,
  'buffer',
  'Buffer',
  'nonsense',
  '',
  5,
  true,
  {},
  [],
];
const asOptions = (encoding: unknown): unknown[] => [encoding, { encoding }];
const oddOptions: unknown[] = [
  {},
  { extra: 1 },
  { encoding: 'utf8', signal: undefined },
  { signal: 'no signal' },
  { signal: new AbortController().signal },
  () => {},
  Symbol('options'),
  5n,
];

describe('link', () => {
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
  ])('link of %s gives it a second name', async (tail) => {
    const call = async (api: FsPromises, dir: string) => {
      const result = await api.link(`${dir}/${tail}`, `${dir}/new`);
      const [from, to] = [fs.lstatSync(`${dir}/${tail}`), fs.lstatSync(`${dir}/new`)];
      return [result, from.ino === to.ino, to.nlink];
    };
    await sameValue(call, zoo);
  });

  test.each([...pairsThatFail, ['folder', 'new', 'EPERM']] as [string, string, string][])(
    'link of %p to %p rejects with %s, naming path and dest',
    async (from, to, code) => {
      const error = await sameError(code, (api, dir) => api.link(`${dir}/${from}`, `${dir}/${to}`), zoo);
      expect(error.syscall).toBe('link');
      expect([error.path?.endsWith(from), error.dest?.endsWith(to)]).toEqual([true, true]);
    },
  );

  test('link takes Buffers, URLs and Buffers that are not UTF-8', async () => {
    await sameValue((api, dir) => api.link(Buffer.from(`${dir}/file`), pathToFileURL(`${dir}/new`)), zoo);
    await sameValue((api, dir) => api.link(`${dir}/file`, odd(dir)), zoo);
    await sameError('ENOENT', (api, dir) => api.link(odd(dir), odd(dir, 0xfe)), zoo);
  });

  test.each([[undefined, 'x'], ['x', undefined], [5, 6], ['x', 'a\0b'], []])(
    'link with the wrong paths %j, %j names the argument as Node does',
    async (...args) => {
      await sameOutcome((api) => untyped(api).link(...args));
    },
  );
});

describe('symlink', () => {
  test.each([
    'file',
    'nowhere',
    '.',
    '..',
    '/',
    '/no/such/place',
    'file/',
    'a//b/./c/..',
    'with space\n',
    'ünïcode 😀',
    '\ud800 lone',
    's'.repeat(59),
    's'.repeat(60),
    's'.repeat(500),
    's'.repeat(4095),
  ])('a symlink that says %p', async (target) => {
    const call = async (api: FsPromises, dir: string) => {
      const result = await api.symlink(target, `${dir}/new`);
      return [result, fs.readlinkSync(`${dir}/new`), await api.readlink(`${dir}/new`)];
    };
    await sameValue(call, zoo);
  });

  test.each([
    ['x', 'file', 'EEXIST'],
    ['x', 'dangling', 'EEXIST'],
    ['x', 'folder/', 'EEXIST'],
    ['x', 'no/such', 'ENOENT'],
    ['x', 'file/below', 'ENOTDIR'],
    ['x', 'n'.repeat(256), 'ENAMETOOLONG'],
    ['x', 'n/'.repeat(35_000), 'ENAMETOOLONG'],
    ['', 'new', 'ENOENT'],
    ['s'.repeat(4096), 'new', 'ENAMETOOLONG'],
    ['s'.repeat(100_000), 'new', 'ENAMETOOLONG'],
  ])('a symlink that says %p at %p rejects with %s, naming path and dest', async (target, tail, code) => {
    const error = await sameError(code, (api, dir) => api.symlink(target, `${dir}/${tail}`), zoo);
    expect([error.syscall, error.path, error.dest?.endsWith(tail)]).toEqual(['symlink', target, true]);
  });

  test.each([undefined, null, 'file', 'dir', 'junction', 'nonsense', '', 5, true, {}, Symbol('type')])(
    'symlink of the type %p does what the running Node does',
    async (type) => {
      await sameOutcome((api, dir) => untyped(api).symlink('file', `${dir}/new`, type), zoo);
      await sameOutcome((api) => untyped(api).symlink(5, 6, type), zoo);
    },
  );

  test('symlink takes Buffers, URLs and Buffers that are not UTF-8', async () => {
    await sameValue((api, dir) => api.symlink(Buffer.from('file'), Buffer.from(`${dir}/new`)), zoo);
    await sameValue(
      (api, dir) => api.symlink(pathToFileURL(`${dir}/file`), pathToFileURL(`${dir}/new`)),
      zoo,
    );
    const call = async (api: FsPromises, dir: string) => {
      await api.symlink(Buffer.from([0xff, 0x41]), odd(dir));
      return fs.readlinkSync(odd(dir), 'buffer');
    };
    await sameValue(call);
  });

  testBeyondNode('what a symlink says stays as it is when the folder changes in the same tick', async () => {
    const dir = tempDir();
    fs.mkdirSync(`${dir}/here`);
    fs.mkdirSync(`${dir}/there`);
    const before = process.cwd();
    process.chdir(`${dir}/here`);
    try {
      const work = [fsp.symlink('target', 'link'), fsp.symlink('other', `${dir}/absolute`)];
      process.chdir(`${dir}/there`);
      work.push(fsp.symlink('third', 'link'));
      await Promise.all(work);
    } finally {
      process.chdir(before);
    }
    const said = ['here/link', 'absolute', 'there/link'].map((tail) => fs.readlinkSync(`${dir}/${tail}`));
    expect(said).toEqual(['target', 'other', 'third']);
  });
});

describe('readlink', () => {
  test.each(['link', 'folder-link', 'dangling', 'loop', 'folder-link/../link'])(
    'readlink of %s',
    async (tail) => {
      await sameValue((api, dir) => api.readlink(`${dir}/${tail}`), zoo);
      await sameValue((api, dir) => api.readlink(`${dir}/${tail}`, 'buffer'), zoo);
    },
  );

  test.each([
    ...unreachable,
    ['file', 'EINVAL'],
    ['folder', 'EINVAL'],
    ['folder-link/', 'EINVAL'],
    ['dangling/', 'ENOENT'],
    ['loop/', 'ELOOP'],
    ['fifo', 'EINVAL'],
    ['', 'EINVAL'],
  ] as [string, string][])('readlink of %p rejects with %s', async (tail, code) => {
    const error = await sameError(code, (api, dir) => api.readlink(`${dir}/${tail}`), zoo);
    expect(error.syscall).toBe('readlink');
  });

  test.each(encodings)('readlink with the encoding %p', async (encoding) => {
    for (const options of asOptions(encoding)) {
      for (const target of [Buffer.from('plain'), Buffer.from('ünï 😀'), Buffer.from([0xff, 0x41, 0xc3])]) {
        await sameOutcome(
          (api, dir) => untyped(api).readlink(`${dir}/new`, options),
          (dir) => fs.symlinkSync(target, `${dir}/new`),
        );
      }
    }
  });

  test.each(oddOptions)('readlink with the options %p does what the running Node does', async (options) => {
    await sameOutcome((api, dir) => untyped(api).readlink(`${dir}/link`, options), zoo);
    await sameOutcome((api) => untyped(api).readlink(5, options));
  });

  test('readlink takes Buffers, URLs and Buffers that are not UTF-8', async () => {
    await sameValue((api, dir) => api.readlink(Buffer.from(`${dir}/link`)), zoo);
    await sameValue((api, dir) => api.readlink(pathToFileURL(`${dir}/link`)), zoo);
    await sameValue(
      (api, dir) => api.readlink(odd(dir)),
      (dir) => fs.symlinkSync('x', odd(dir)),
    );
  });

  test('readlink of what the kernel makes up', async () => {
    await sameValue((api) => api.readlink('/proc/self/exe'));
    await sameValue((api) => api.readlink('/proc/self/cwd'));
    await sameValue((api) => api.readlink('/proc/self'));
  });

  test('500 links read at once each say their own', async () => {
    const dir = tempDir();
    for (let i = 0; i < 500; i++) fs.symlinkSync(`${i}-${'x'.repeat(i % 100)}`, `${dir}/${i}`);
    const said = await Promise.all(Array.from({ length: 500 }, (_, i) => fsp.readlink(`${dir}/${i}`)));
    expect(said).toEqual(Array.from({ length: 500 }, (_, i) => `${i}-${'x'.repeat(i % 100)}`));
  });
});

describe('realpath', () => {
  const forms = [
    ...reachable,
    '',
    '.',
    '/',
    '//file',
    'folder//inside',
    './folder/./inside',
    'folder/../folder/inside',
    'folder/inside/../..',
    'folder-link/../file',
    'folder-link/..',
    'file/',
    'file/.',
    'file/..',
    'dangling',
    'dangling/..',
    'loop',
    'missing',
    'missing/..',
    'missing/../file',
  ];

  test.each(forms)('realpath of %p', async (tail) => {
    for (let round = 0; round < 2; round++) {
      await sameOutcome((api, dir) => api.realpath(`${dir}/${tail}`), shared);
      await sameOutcome((api, dir) => api.realpath(`${dir}/${tail}`, 'buffer'), shared);
    }
  });

  test.each(unreachable)('realpath of %p fails as realpath', async (tail) => {
    // realpath(3) goes step by step: a path that is too long for the kernel may fail earlier.
    const { error } = await sameOutcome((api, dir) => api.realpath(`${dir}/${tail}`), zoo);
    expect(error?.syscall).toBe('realpath');
  });

  test.each([
    '.',
    '..',
    './folder',
    'folder/inside',
    'folder-link/inside',
    'missing',
    '',
    '../..',
    'folder/../file',
  ])('realpath of the relative path %p', async (path) => {
    const call = async (api: FsPromises, dir: string) => {
      const before = process.cwd();
      process.chdir(dir);
      try {
        return await api.realpath(path);
      } finally {
        process.chdir(before);
      }
    };
    await sameOutcome(call, zoo);
  });

  test('realpath from a folder that is gone, and from one reached by a link', async () => {
    const from = (folder: string, path: string, remove: boolean) => async (api: FsPromises, dir: string) => {
      const before = process.cwd();
      process.chdir(`${dir}/${folder}`);
      if (remove) fs.rmdirSync(`${dir}/${folder}`);
      try {
        return await api.realpath(path);
      } finally {
        process.chdir(before);
      }
    };
    for (const path of ['.', '..', 'x', '/'])
      await sameOutcome(from('empty-folder', path, true), { prepare: zoo, foreignError: true });
    for (const path of ['.', '..', 'inside']) await sameOutcome(from('folder-link', path, false), zoo);
  });

  test.each([
    '/',
    '/proc/self',
    '/proc/self/exe',
    '/proc/self/cwd',
    '/proc/self/root/proc',
    '/dev/null',
    '/dev/stdin',
    '//',
    '/..',
  ])('realpath of %s', async (path) => {
    const plain = async (api: FsPromises) => (await api.realpath(path)).replace(String(process.pid), '<pid>');
    await sameOutcome(plain);
  });

  test.each(encodings)('realpath with the encoding %p', async (encoding) => {
    for (const options of asOptions(encoding)) {
      await sameOutcome((api) => untyped(api).realpath('/dev/null', options));
      await sameOutcome((api, dir) => untyped(api).realpath(odd(dir), options), {
        prepare: (dir) => fs.writeFileSync(odd(dir), 'x'),
        folder: 'shared',
      });
    }
  });

  test.each(oddOptions)('realpath with the options %p does what the running Node does', async (options) => {
    await sameOutcome((api) => untyped(api).realpath('/dev/null', options));
    await sameOutcome((api) => untyped(api).realpath(5, options));
  });

  test('realpath takes Buffers and URLs', async () => {
    await sameValue((api, dir) => api.realpath(Buffer.from(`${dir}/link`)), zoo);
    await sameValue((api, dir) => api.realpath(pathToFileURL(`${dir}/link`)), zoo);
    await sameError('ENOENT', (api, dir) => api.realpath(odd(dir)));
  });

  test('40 links in a row are followed, 41 are not', async () => {
    const prepare = (dir: string) => {
      fs.writeFileSync(`${dir}/0`, 'x');
      for (let i = 1; i <= 42; i++) fs.symlinkSync(String(i - 1), `${dir}/${i}`);
    };
    for (const i of [1, 39, 40, 41, 42])
      await sameOutcome((api, dir) => api.realpath(`${dir}/${i}`), prepare);
  });

  test('a name that is replaced by a link is not answered from before', async () => {
    const dir = tempDir();
    fs.mkdirSync(`${dir}/a`);
    fs.mkdirSync(`${dir}/b`);
    expect(await fsp.realpath(`${dir}/a`)).toBe(fs.realpathSync.native(`${dir}/a`));
    fs.rmdirSync(`${dir}/a`);
    fs.symlinkSync('b', `${dir}/a`);
    expect(await fsp.realpath(`${dir}/a`)).toBe(fs.realpathSync.native(`${dir}/b`));
    fs.renameSync(`${dir}/b`, `${dir}/c`);
    await expect(fsp.realpath(`${dir}/a`)).rejects.toThrow(/ENOENT/);
  });
});
