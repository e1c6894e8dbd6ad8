// readdir: names, their order and encodings, Dirents, trees, failures. All as the running Node has them.
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import { pathToFileURL } from 'node:url';
import { ENCODINGS } from '../support/encodings';
import { aloneWithMounts } from '../support/mounts';
import {
  type FsPromises,
  fsp,
  mkfifo,
  sameError,
  sameOutcome,
  sameValue,
  tempDir,
  untyped,
} from '../support/subject';
import { sharing } from '../support/zoo';

jest.setTimeout(30_000); // also where the machine is busy

const bytes = (dir: string, ...name: number[]) => Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(name)]);

/** Names that a careless sort, split or decoder gets wrong; no folder among them. */
function oddNames(dir: string): void {
  const names = ['a', 'b', 'B', 'ab', 'a b', 'a.b', 'a-b', '.hidden', '..x', '...', 'a\nb', 'a\\b', '-', '~'];
  names.push('é', 'e\u0301', '日本', '😀', 'ÿ', 'zz', 'n'.repeat(255), '10', '9', '100', '\u007f', ' ', '\t');
  for (const name of names) fs.writeFileSync(`${dir}/${name}`, '');
  fs.writeFileSync(bytes(dir, 0xff), '');
  fs.writeFileSync(bytes(dir, 0x61, 0xff, 0x62), '');
  fs.writeFileSync(bytes(dir, 0xc3), '');
  fs.writeFileSync(bytes(dir, 0xed, 0xa0, 0x80), '');
}

/** A tree with links back into it. */
function fillTree(dir: string): void {
  fs.mkdirSync(`${dir}/a/x/1`, { recursive: true });
  fs.mkdirSync(`${dir}/a/x/2`);
  fs.mkdirSync(`${dir}/b/y`, { recursive: true });
  fs.mkdirSync(`${dir}/empty`);
  for (const file of ['a/f', 'a/x/1/deep', 'b/g', 'z', 'a/x/é']) fs.writeFileSync(`${dir}/${file}`, 'x');
  fs.symlinkSync('a', `${dir}/link`);
  fs.symlinkSync('../a', `${dir}/b/to-a`);
  fs.symlinkSync('z', `${dir}/link-to-file`);
  fs.symlinkSync('nowhere', `${dir}/dangling`);
}
function zoo(dir: string): void {
  fillTree(dir);
  mkfifo(`${dir}/fifo`);
}
function loops(dir: string): void {
  zoo(dir);
  fs.symlinkSync('.', `${dir}/b/self`);
  fs.symlinkSync('loop', `${dir}/b/loop`);
}

describe('names', () => {
  test('an empty folder is an empty list', async () => {
    expect(await sameValue((api, dir) => api.readdir(dir))).toEqual([]);
    expect(await sameValue((api, dir) => api.readdir(dir, { withFileTypes: true }))).toEqual([]);
    expect(await sameValue((api, dir) => api.readdir(dir, { recursive: true }))).toEqual([]);
  });

  test('odd names come whole, in the order of their bytes, without . and ..', async () => {
    const names = (await sameValue((api, dir) => api.readdir(dir), oddNames)) as string[];
    expect(names.length).toBe(31);
    expect(names.slice(0, 3)).toEqual(['\t', ' ', '-']);
  });

  test.each([undefined, null, '', ...ENCODINGS, 'buffer'])('the encoding %p', async (encoding) => {
    for (const withFileTypes of [false, true]) {
      await sameValue((api, dir) => untyped(api).readdir(dir, { encoding, withFileTypes }), oddNames);
    }
    await sameValue((api, dir) => untyped(api).readdir(dir, encoding), oddNames);
  });

  test.each([1, 2, 3, 400, 5200])('%i names', async (count) => {
    const prepare = (dir: string) => {
      for (let i = 0; i < count; i++) fs.writeFileSync(`${dir}/some-entry-${(i * 7919) % count}.txt`, '');
    };
    const call = async (api: FsPromises, dir: string) => (await api.readdir(dir)).join('/');
    const text = (await sameValue(call, sharing(prepare))) as string;
    expect(text.split('/').length).toBe(count);
  });

  test('1200 long names, which take many calls of the kernel', async () => {
    const prepare = (dir: string) => {
      for (let i = 0; i < 1200; i++) fs.writeFileSync(`${dir}/${'long'.repeat(50)}${(i * 7919) % 1200}`, '');
    };
    const call = async (api: FsPromises, dir: string) =>
      (await api.readdir(dir, { withFileTypes: true })).map(({ name }) => name).join('/');
    await sameValue(call, sharing(prepare));
  });

  test('names of which some begin others', async () => {
    const prepare = (dir: string) => {
      for (let i = 1; i < 200; i++) fs.writeFileSync(`${dir}/${'a'.repeat(i)}`, '');
    };
    await sameValue((api, dir) => api.readdir(dir), prepare);
  });

  test('names do not hold on to each other: each is a string or a Buffer of its own', async () => {
    await sameValue(async (api, dir) => {
      const names = (await api.readdir(dir, 'buffer')) as Buffer[];
      return names.map((name) => [Buffer.isBuffer(name), name.toString('latin1')]);
    }, oddNames);
  });

  test('the list is an Array like any other', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const list = await api.readdir(dir);
      list.push('more');
      return [Array.isArray(list), list.length, Object.keys(list).length];
    };
    await sameValue(call, zoo);
  });
});

describe('withFileTypes', () => {
  test('Dirents are the running Node’s, to the last property', async () => {
    const found = (await sameValue(
      (api, dir) => api.readdir(dir, { withFileTypes: true }),
      zoo,
    )) as fs.Dirent[];
    for (const dirent of found) expect(dirent).toBeInstanceOf(fs.Dirent);
    const kinds = Object.fromEntries(found.map((dirent) => [dirent.name, dirent]));
    expect([
      kinds.a?.isDirectory(),
      kinds.z?.isFile(),
      kinds.link?.isSymbolicLink(),
      kinds.fifo?.isFIFO(),
    ]).toEqual([true, true, true, true]);
  });

  test.each(['/dev', '/proc/self', '/sys', '/'])('of %s', async (folder) => {
    const look = async (api: FsPromises) =>
      (await api.readdir(folder, { withFileTypes: true }))
        .filter((dirent) => !/^(?:\d+|.*tmp.*)$/.test(dirent.name))
        .map((dirent) => [
          dirent.name,
          dirent.isDirectory(),
          dirent.isCharacterDevice(),
          dirent.isBlockDevice(),
        ]);
    await sameValue((api) => look(api));
  });

  test('a socket is a socket', async () => {
    const dir = tempDir();
    const server = net.createServer();
    process.chdir(dir); // the name of a socket must be short
    await new Promise<void>((resolve) => server.listen('s', resolve));
    process.chdir(__dirname);
    const [dirent] = await fsp.readdir(dir, { withFileTypes: true });
    expect([dirent?.name, dirent?.isSocket()]).toEqual(['s', true]);
    await new Promise((resolve) => server.close(resolve));
  });

  test('parentPath is the path as it was given', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const paths = [
        dir,
        `${dir}/`,
        `${dir}//a/../`,
        Buffer.from(dir),
        new Uint8Array(Buffer.from(dir)),
        pathToFileURL(dir),
      ];
      const all = await Promise.all(paths.map((path) => untyped(api).readdir(path, { withFileTypes: true })));
      return all.map((list, i) => [list[0].parentPath === paths[i], list[0]]);
    };
    await sameValue(call, sharing(zoo));
  });

  (process.getuid?.() === 0 ? test : test.skip)(
    'a filesystem that does not tell kinds (needs root, and a loop device to mount it from)',
    () =>
      aloneWithMounts(async () => {
        const folder = `${tempDir()}/mount`;
        if (!mountWithoutKinds(folder)) return;
        try {
          fillTree(folder);
          for (const options of [{ withFileTypes: true }, { recursive: true, withFileTypes: true }]) {
            await sameValue((api) => api.readdir(folder, options as { withFileTypes: true }));
          }
          await sameValue((api) => api.readdir(folder, { recursive: true }));
        } finally {
          execFileSync('umount', [folder]);
        }
      }),
  );
});

/** An ext4 without the feature `filetype`. */
function mountWithoutKinds(folder: string): boolean {
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  const image = `${folder}.image`;
  fs.mkdirSync(folder);
  fs.writeFileSync(image, Buffer.alloc(4 << 20));
  return (
    run('mkfs.ext4', '-q', '-O', '^filetype', image) && run('mount', '-o', 'loop,noatime', image, folder)
  );
}

describe('trees', () => {
  const shapes: [string, Record<string, unknown>][] = [
    ['names', {}],
    ['Dirents', { withFileTypes: true }],
    ['Buffers', { encoding: 'buffer' }],
    ['Dirents with Buffers', { encoding: 'buffer', withFileTypes: true }],
    ['latin1', { encoding: 'latin1' }],
    ['hex', { encoding: 'hex' }],
    ['Dirents in hex', { encoding: 'hex', withFileTypes: true }],
  ];
  describe.each(shapes)('%s', (_name, options) => {
    const tree =
      (tail = '') =>
      (api: FsPromises, dir: string) =>
        untyped(api).readdir(dir + tail, { ...options, recursive: true });

    test.each(['', '/', '/.', '//a', '/a/../b', '/link', '/link/', '/./b'])('of %p', async (tail) => {
      await sameOutcome(tree(tail), sharing(zoo));
    });

    test('with links that lead back', () => aloneWithMounts(() => sameOutcome(tree(), sharing(loops))));

    test('with odd names', async () => {
      await sameOutcome(tree(), sharing(oddNames));
    });

    test('with a folder whose name is not UTF-8', async () => {
      const prepare = (dir: string) => {
        zoo(dir);
        fs.mkdirSync(bytes(dir, 0x6d, 0xff));
        fs.writeFileSync(Buffer.concat([bytes(dir, 0x6d, 0xff), Buffer.from('/in')]), '');
      };
      await sameOutcome(tree(), sharing(prepare));
    });

    test('of what is no folder', async () => {
      for (const tail of ['/z', '/missing', '/dangling', '/fifo', '/link-to-file'])
        await sameOutcome(tree(tail), zoo);
    });

    test('of a Buffer and of a URL', async () => {
      await sameOutcome(
        (api, dir) => untyped(api).readdir(Buffer.from(dir), { ...options, recursive: true }),
        sharing(zoo),
      );
      await sameOutcome(
        (api, dir) => untyped(api).readdir(pathToFileURL(dir), { ...options, recursive: true }),
        sharing(zoo),
      );
    });
  });

  test('of a relative path', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const before = process.cwd();
      process.chdir(dir);
      try {
        const trees = await Promise.all(
          ['.', './', 'a', './a', 'a/../a'].map((path) => api.readdir(path, { recursive: true })),
        );
        return [trees, await api.readdir('a', { recursive: true, withFileTypes: true })];
      } finally {
        process.chdir(before);
      }
    };
    await sameValue(call, zoo);
  });

  test('deeper than a path can be', async () => {
    const prepare = (dir: string) => {
      const before = process.cwd();
      process.chdir(dir);
      for (let i = 0; i < 30; i++) {
        fs.mkdirSync('d'.repeat(200));
        process.chdir('d'.repeat(200));
      }
      process.chdir(before);
    };
    const root = tempDir();
    prepare(root);
    try {
      for (const options of [{ recursive: true }, { recursive: true, withFileTypes: true }]) {
        await sameOutcome((api) => api.readdir(root, options as { recursive: true }));
      }
    } finally {
      execFileSync('rm', ['-rf', root]);
    }
  });

  test('of some hundred folders', async () => {
    const prepare = (dir: string) => {
      for (let i = 0; i < 400; i++) fs.mkdirSync(`${dir}/${i % 10}/${i % 100}/${i}`, { recursive: true });
    };
    const call = async (api: FsPromises, dir: string) =>
      (await api.readdir(dir, { recursive: true })).join(':');
    const names = (await sameValue(call, sharing(prepare))) as string;
    expect(names.split(':').length).toBe(400 + 100 + 10);
  });
});

describe('failures', () => {
  test.each([
    ['missing', 'ENOENT'],
    ['z', 'ENOTDIR'],
    ['z/below', 'ENOTDIR'],
    ['fifo', 'ENOTDIR'],
    ['dangling', 'ENOENT'],
    ['link-to-file', 'ENOTDIR'],
    ['n'.repeat(256), 'ENAMETOOLONG'],
    ['n/'.repeat(35_000), 'ENAMETOOLONG'],
  ])('of %p rejects with %s, as scandir', async (tail, code) => {
    const error = await sameError(code, (api, dir) => api.readdir(`${dir}/${tail}`), zoo);
    expect(error.syscall).toBe('scandir');
    await sameError(
      code,
      (api, dir) => api.readdir(Buffer.from(`${dir}/${tail}`), { withFileTypes: true }),
      zoo,
    );
  });

  test.each(['', 5, null, undefined, true, {}, [], 'a\0b', new URL('http://example.com')])(
    'of the odd path %p does what the running Node does',
    async (path) => {
      await sameOutcome((api) => untyped(api).readdir(path));
    },
  );

  test.each([
    5,
    true,
    [],
    () => {},
    Symbol('options'),
    'no-such-encoding',
    { encoding: 'no-such-encoding' },
    { encoding: 5 },
    { encoding: {} },
    { withFileTypes: 1 },
    { withFileTypes: 'no' },
    { recursive: 0 },
    { recursive: 'yes' },
    { signal: 5 },
    { signal: AbortSignal.abort() },
    { signal: new AbortController().signal },
    { unknown: true },
    Object.create({ withFileTypes: true }),
    null,
    false,
    0,
  ])('with the options %p does what the running Node does', async (options) => {
    const { how } = await sameOutcome((api, dir) => untyped(api).readdir(dir, options), zoo);
    expect(how).not.toBe('synchronous throw');
  });

  test('a getter that throws is a rejection with just that', async () => {
    for (const name of ['encoding', 'withFileTypes', 'recursive']) {
      const trap = {
        get [name](): never {
          throw new RangeError(`from ${name}`);
        },
      };
      await sameOutcome((api, dir) => untyped(api).readdir(dir, trap), { prepare: zoo, foreignError: true });
    }
  });
});

describe('many at once', () => {
  test('600 readdirs in one tick each get their own names', async () => {
    const dir = tempDir();
    for (let i = 0; i < 600; i++) {
      fs.mkdirSync(`${dir}/${i}`);
      fs.writeFileSync(`${dir}/${i}/file-${i}`, '');
    }
    const all = await Promise.all(Array.from({ length: 600 }, (_, i) => fsp.readdir(`${dir}/${i}`)));
    expect(all).toEqual(Array.from({ length: 600 }, (_, i) => [`file-${i}`]));
  });

  test('among reads, stats and trees, and no descriptor is left', async () => {
    const dir = tempDir();
    zoo(dir);
    const mixed = () =>
      Promise.all(
        Array.from({ length: 100 }, async (_, i) => [
          await fsp.readdir(`${dir}/a`),
          (await fsp.readdir(dir, { recursive: true })).length > 10,
          (await fsp.stat(`${dir}/z`)).size,
          await fsp.readdir(`${dir}/missing-${i}`).catch((error) => error.code),
        ]),
      );
    await mixed();
    const before = fs.readdirSync('/proc/self/fd').length;
    for (const result of await mixed()) expect(result).toEqual([['f', 'x'], true, 1, 'ENOENT']);
    expect(fs.readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
  });

  test('a relative path means the folder of the call, also after chdir', async () => {
    if (process.env.RINGFS_SUBJECT === 'node' || process.env.RINGFS_BACKEND === 'node') return;
    const dir = tempDir();
    zoo(dir);
    const before = process.cwd();
    process.chdir(`${dir}/a`);
    const here = Array.from({ length: 700 }, () => fsp.readdir('.'));
    const tree = fsp.readdir('.', { recursive: true });
    process.chdir(before);
    for (const names of await Promise.all(here)) expect(names).toEqual(['f', 'x']);
    expect(await tree).toEqual(
      fs
        .readdirSync(`${dir}/a`, { recursive: true })
        .slice()
        .sort(order(await tree)),
    );
  });
});

/** Sorts as the other list is sorted. */
const order = (list: (string | Buffer)[]) => (a: string | Buffer, b: string | Buffer) =>
  list.indexOf(a) - list.indexOf(b);
