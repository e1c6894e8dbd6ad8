// readFile gives what the running Node gives: bytes, text, errors, and memory of its own.
import { constants } from 'node:buffer';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { sameCallback } from '../support/callbacks';
import { aloneWithMounts } from '../support/mounts';
import {
  bare,
  type FsPromises,
  fsp,
  mkfifo,
  pattern,
  runChild,
  sameError,
  sameOutcome,
  sameValue,
  shell,
  tempDir,
  testBeyondNode,
  untyped,
  withHandle,
} from '../support/subject';
import { sharing } from '../support/zoo';

const K = 1024;
const M = K * K;
const holding = (content: string | Buffer) => sharing((dir) => fs.writeFileSync(`${dir}/file`, content));
const readIt =
  (options?: unknown) =>
  (api: FsPromises, dir: string): unknown =>
    options === undefined ? api.readFile(`${dir}/file`) : untyped(api).readFile(`${dir}/file`, options);

describe('the bytes of a file', () => {
  test('readFile of an empty file gives an empty Buffer', async () => {
    const value = (await sameValue(readIt(), holding(''))) as Buffer;
    expect(Buffer.isBuffer(value)).toBe(true);
    expect(value.length).toBe(0);
  });

  const around = (size: number) => [size - 1, size, size + 1];
  const bounds = [4 * K, 16 * K, 32 * K, 64 * K, 128 * K, 256 * K, 512 * K, M].flatMap(around);
  test.each([1, 2, 63, ...bounds, 3 * M])(
    'readFile of %i bytes gives every byte, in memory of its own',
    async (size) => {
      const content = pattern(size, size);
      const value = (await sameValue(readIt(), holding(content))) as Buffer;
      expect(value.equals(content)).toBe(true);
      expect([value.byteOffset, value.buffer.byteLength]).toEqual([0, size]);
    },
  );

  test.each([0, 1, 64 * K - 1, 512 * K - 1, 512 * K, 512 * K + 1, M + 1, 3 * M])(
    'readFile of %i bytes as text gives the same text',
    async (size) => {
      const content = pattern(size, 5);
      for (const encoding of ['utf8', 'latin1', 'base64', 'hex', 'utf16le'] as const) {
        const value = await sameValue(readIt(encoding), holding(content));
        if (encoding !== 'utf8' && encoding !== 'utf16le') expect(value).toBe(content.toString(encoding));
      }
    },
  );

  test.each([1, 2, 3])(
    'a character of several bytes that straddles a chunk stays whole (shift %i)',
    async (shift) => {
      const text = 'x'.repeat(shift) + '€𝄞é'.repeat(80_000);
      expect(await sameValue(readIt('utf8'), holding(text))).toBe(text);
    },
  );

  test('readFile of a hole gives zeros', async () => {
    const value = (await sameValue(
      readIt(),
      sharing((dir) => {
        fs.writeFileSync(`${dir}/file`, 'start');
        fs.truncateSync(`${dir}/file`, 300 * K);
      }),
    )) as Buffer;
    expect(value.subarray(5).every((byte) => byte === 0)).toBe(true);
  });
});

describe('encodings', () => {
  const names = [
    'utf8',
    'utf-8',
    'UTF8',
    'latin1',
    'binary',
    'hex',
    'base64',
    'base64url',
    'ascii',
    'ucs2',
    'ucs-2',
    'utf16le',
  ];
  const content = Buffer.concat([Buffer.from('Grüße, 世界 𝄞\n'), Buffer.from([0, 127, 128, 255])]);

  test.each(names)('readFile with the encoding %s given as a string', async (encoding) => {
    const value = await sameValue(readIt(encoding), holding(content));
    expect(value).toBe(content.toString(encoding.toLowerCase() as BufferEncoding));
  });

  test.each(names)('readFile with the encoding %s given in options', async (encoding) => {
    const value = await sameValue(readIt({ encoding }), holding(content));
    expect(value).toBe(content.toString(encoding.toLowerCase() as BufferEncoding));
  });

  test.each([
    ['null', null],
    ['{}', {}],
    ['{ encoding: undefined }', { encoding: undefined }],
    ['{ encoding: null }', { encoding: null }],
    ["{ encoding: '' }", { encoding: '' }],
    ['options without a prototype', Object.create(null)],
    ['a function as options (the callback habit)', () => {}],
  ])('readFile with %s gives a Buffer', async (_name, options) => {
    const value = await sameValue(
      (api, dir) => untyped(api).readFile(`${dir}/file`, options),
      holding(content),
    );
    expect(Buffer.isBuffer(value)).toBe(true);
  });

  test.each([
    ["'buffer'", 'buffer'],
    ["{ encoding: 'buffer' }", { encoding: 'buffer' }],
  ])('readFile with %s does what the running Node does', async (_name, options) => {
    await sameOutcome(readIt(options), holding(content));
  });

  test.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong sequence', [0xc0, 0xaf, 0x41]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a sequence cut at the end', [0x41, 0xe2, 0x82]],
    ['a sequence cut in the middle', [0xf0, 0x9d, 0x41, 0x42]],
    ['bytes that are never UTF-8', [0xff, 0xfe, 0xf8, 0x88, 0x80, 0x80, 0x80]],
    ['a BOM', [0xef, 0xbb, 0xbf, 0x41]],
    ['a BOM and nothing else', [0xef, 0xbb, 0xbf]],
    ['a UTF-16 BOM', [0xff, 0xfe, 0x41, 0x00]],
    ['NULs', [0, 0, 0x41, 0]],
  ])('readFile of %s as utf8 decodes as Node does', async (_name, bytes) => {
    const content = Buffer.from(bytes);
    expect(await sameValue(readIt('utf8'), holding(content))).toBe(content.toString('utf8'));
    // The same in a file that is decoded chunk by chunk.
    await sameValue(
      readIt('utf8'),
      holding(Buffer.concat([Buffer.alloc(512 * K - 1, 'x'), content, Buffer.alloc(9, 'y')])),
    );
  });

  test('an odd number of bytes as utf16le loses the last byte as in Node', async () => {
    await sameValue(readIt('utf16le'), holding(Buffer.from('héllo', 'utf16le').subarray(0, 9)));
  });
});

describe('flags', () => {
  test.each(['r', 'r+', 'rs', 'rs+', 'a+', 'as+', 'ax+', 'w+', 'wx+', 'w', 'a', 'wx', 'xw+', 'as', 'sa+'])(
    'readFile with the flag %s of a file that is there',
    async (flag) => {
      await sameOutcome(readIt({ flag }), (dir) => fs.writeFileSync(`${dir}/file`, 'content'));
    },
  );

  test.each(['r', 'r+', 'rs', 'rs+', 'a+', 'as+', 'ax+', 'w+', 'wx+', 'w', 'a', 'wx'])(
    'readFile with the flag %s of a file that is not there',
    async (flag) => {
      await sameOutcome(readIt({ flag, encoding: 'utf8' }));
    },
  );

  test.each([
    ['O_RDONLY', fs.constants.O_RDONLY],
    ['O_RDWR', fs.constants.O_RDWR],
    ['O_WRONLY', fs.constants.O_WRONLY],
    ['O_RDWR|O_CREAT', fs.constants.O_RDWR | fs.constants.O_CREAT],
    ['O_RDWR|O_TRUNC', fs.constants.O_RDWR | fs.constants.O_TRUNC],
    ['O_RDWR|O_APPEND', fs.constants.O_RDWR | fs.constants.O_APPEND],
    ['O_RDONLY|O_DIRECTORY', fs.constants.O_RDONLY | fs.constants.O_DIRECTORY],
    ['O_RDONLY|O_NOFOLLOW', fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW],
    ['O_RDONLY|O_NONBLOCK', fs.constants.O_RDONLY | fs.constants.O_NONBLOCK],
    ['O_RDONLY|O_NOATIME', fs.constants.O_RDONLY | (fs.constants.O_NOATIME ?? 0)],
  ])('readFile with the numeric flag %s', async (_name, flag) => {
    const scene = (dir: string) => fs.writeFileSync(`${dir}/file`, 'content');
    await sameOutcome(readIt({ flag }), scene);
    await sameOutcome((api, dir) => untyped(api).readFile(`${dir}/fresh`, { flag }), scene);
  });

  test('a file made by readFile with a+ gets the mode 0o666 less the umask', async () => {
    const before = process.umask(0o027);
    try {
      await sameValue(readIt({ flag: 'a+' }));
    } finally {
      process.umask(before);
    }
  });

  test('O_NOFOLLOW on a symlink is rejected with ELOOP', async () => {
    await sameError('ELOOP', readIt({ flag: fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW }), (dir) => {
      fs.writeFileSync(`${dir}/target`, 'x');
      fs.symlinkSync('target', `${dir}/file`);
    });
  });
});

describe('paths', () => {
  test('readFile takes a Buffer path', async () => {
    expect(
      await sameValue((api, dir) => api.readFile(Buffer.from(`${dir}/file`), 'utf8'), holding('yes')),
    ).toBe('yes');
  });

  test('readFile takes a Uint8Array path', async () => {
    await sameOutcome(
      (api, dir) => untyped(api).readFile(new Uint8Array(Buffer.from(`${dir}/file`)), 'utf8'),
      holding('yes'),
    );
  });

  test('readFile takes a file: URL, percent-escapes and all', async () => {
    const name = 'a b%20ü#?.txt';
    const scene = sharing((dir) => fs.writeFileSync(`${dir}/${name}`, 'yes'));
    expect(await sameValue((api, dir) => api.readFile(pathToFileURL(`${dir}/${name}`), 'utf8'), scene)).toBe(
      'yes',
    );
  });

  test('readFile takes a Buffer path that is not UTF-8', async () => {
    const odd = (dir: string) =>
      Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0xfe, 0x41, 0x80])]);
    const scene = sharing((dir) => fs.writeFileSync(odd(dir), 'odd'));
    expect(await sameValue((api, dir) => api.readFile(odd(dir), 'utf8'), scene)).toBe('odd');
  });

  test('readFile of a missing Buffer path that is not UTF-8 names it as Node does', async () => {
    await sameError('ENOENT', (api, dir) =>
      api.readFile(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0x41])])),
    );
  });

  test.each([
    'with space',
    'ünïcödé',
    '世界',
    '𝄞',
    "quote'd",
    'back\\slash',
    'new\nline',
    '-dash',
    '~',
    '%2e',
  ])('readFile of a file called %j', async (name) => {
    const scene = sharing((dir) => fs.writeFileSync(`${dir}/${name}`, name));
    expect(await sameValue((api, dir) => api.readFile(`${dir}/${name}`, 'utf8'), scene)).toBe(name);
    await sameError('ENOENT', (api, dir) => api.readFile(`${dir}/missing ${name}`));
  });

  test.each(['//file', '/./file', '/sub/../file', '/sub/.././/file'])(
    'readFile leaves %s to the kernel',
    async (tail) => {
      const scene = sharing((dir) => {
        fs.writeFileSync(`${dir}/file`, 'x');
        fs.mkdirSync(`${dir}/sub`);
      });
      expect(await sameValue((api, dir) => api.readFile(dir + tail, 'utf8'), scene)).toBe('x');
    },
  );

  test('readFile follows symlinks, relative, absolute and chained', async () => {
    const scene = sharing((dir) => {
      fs.writeFileSync(`${dir}/file`, 'target');
      fs.symlinkSync('file', `${dir}/relative`);
      fs.symlinkSync(`${dir}/file`, `${dir}/absolute`);
      fs.symlinkSync('relative', `${dir}/chained`);
    });
    for (const name of ['relative', 'absolute', 'chained']) {
      expect(await sameValue((api, dir) => api.readFile(`${dir}/${name}`, 'utf8'), scene)).toBe('target');
    }
  });

  test('readFile reads hard links and files without any name left', async () => {
    const scene = sharing((dir) => {
      fs.writeFileSync(`${dir}/file`, 'linked');
      fs.linkSync(`${dir}/file`, `${dir}/second`);
    });
    expect(await sameValue((api, dir) => api.readFile(`${dir}/second`, 'utf8'), scene)).toBe('linked');
    const dir = tempDir();
    fs.writeFileSync(`${dir}/gone`, 'unlinked');
    const fd = fs.openSync(`${dir}/gone`, 'r');
    fs.unlinkSync(`${dir}/gone`);
    try {
      expect(await fsp.readFile(`/proc/self/fd/${fd}`, 'utf8')).toBe('unlinked');
    } finally {
      fs.closeSync(fd);
    }
  });

  test('a path of 4095 bytes is read, one of 4096 is rejected with ENAMETOOLONG', async () => {
    const detour = (length: number) => (length % 2 === 0 ? '' : '/') + '/.'.repeat(Math.floor(length / 2));
    const long = (dir: string, length: number) => `${dir}${detour(length - dir.length - 5)}/file`;
    expect(await sameValue((api, dir) => api.readFile(long(dir, 4095), 'utf8'), holding('deep'))).toBe(
      'deep',
    );
    await sameError('ENAMETOOLONG', (api, dir) => api.readFile(long(dir, 4096), 'utf8'), holding('deep'));
    await sameError('ENAMETOOLONG', (api, dir) => api.readFile(long(dir, 4097), 'utf8'), holding('deep'));
  });
});

describe('relative paths', () => {
  const start = process.cwd();
  afterEach(() => process.chdir(start));

  test('readFile of a relative path reads from the current folder', async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/here`, 'here');
    process.chdir(dir);
    expect(await fsp.readFile('here', 'utf8')).toBe('here');
    expect(await fsp.readFile('./here', 'utf8')).toBe('here');
    expect(await fsp.readFile(`../${path.basename(dir)}/here`, 'utf8')).toBe('here');
  });

  test('readFile of a missing relative path names the path as it was given', async () => {
    await sameError('ENOENT', (api) => api.readFile('no/such/../file'));
    await sameError('ENOENT', (api) => api.readFile(''));
  });

  test('readFile follows the current folder from call to call', async () => {
    const dir = tempDir();
    for (const name of ['one', 'two']) {
      fs.mkdirSync(`${dir}/${name}`);
      fs.writeFileSync(`${dir}/${name}/file`, name);
      process.chdir(`${dir}/${name}`);
      expect(await fsp.readFile('file', 'utf8')).toBe(name);
    }
  });

  testBeyondNode('process.chdir in the same tick changes nothing for the calls made before it', async () => {
    const dir = tempDir();
    for (const name of ['one', 'two']) {
      fs.mkdirSync(`${dir}/${name}`);
      fs.writeFileSync(`${dir}/${name}/file`, name);
    }
    process.chdir(`${dir}/one`);
    const before = Array.from({ length: 2000 }, () => fsp.readFile('file', 'utf8'));
    process.chdir(`${dir}/two`);
    const after = Array.from({ length: 10 }, () => fsp.readFile('file', 'utf8'));
    expect(new Set(await Promise.all(before))).toEqual(new Set(['one']));
    expect(new Set(await Promise.all(after))).toEqual(new Set(['two']));
  });
});

describe('files without a size', () => {
  // What does not change between two reads is compared byte by byte.
  test.each([
    '/proc/version',
    '/proc/filesystems',
    '/proc/self/cmdline',
    '/proc/self/environ',
    '/proc/self/comm',
  ])('readFile of %s gives all of it', async (file) => {
    if (file !== '/proc/self/environ')
      expect(((await sameValue((api) => api.readFile(file))) as Buffer).length).toBeGreaterThan(0);
    await sameValue((api) => api.readFile(file, 'utf8'));
    await sameValue((api) => api.readFile(file, { encoding: 'hex' }));
  });

  test('readFile of /proc/self/mounts gives all of it', () =>
    aloneWithMounts(async () => {
      expect(
        ((await sameValue((api) => api.readFile('/proc/self/mounts'))) as Buffer).length,
      ).toBeGreaterThan(0);
      await sameValue((api) => api.readFile('/proc/self/mounts', 'utf8'));
    }));

  test.each([
    '/proc/self/status',
    '/proc/cpuinfo',
    '/proc/meminfo',
    '/proc/self/maps',
    '/proc/kallsyms',
    '/proc/interrupts',
  ])('readFile of %s gives whole lines, as many as Node', async (file) => {
    if (!fs.existsSync(file)) return;
    const lines = async (api: FsPromises) => (await api.readFile(file, 'utf8')).split('\n');
    const [ours, theirs] = [await lines(fsp), await lines(bare)];
    expect(ours.at(-1)).toBe('');
    // maps and interrupts may gain or lose a line between the two reads
    expect(Math.abs(ours.length - theirs.length)).toBeLessThanOrEqual(theirs.length / 4);
  });

  test('readFile of a /proc file gives a Buffer that nobody else can see', async () => {
    const [one, two] = await Promise.all([fsp.readFile('/proc/version'), fsp.readFile('/proc/version')]);
    one.fill(0);
    expect(two[0]).not.toBe(0);
  });

  test('readFile of a file in /sys whose size is a lie gives what is there', async () => {
    const file = [
      '/sys/kernel/mm/transparent_hugepage/enabled',
      '/sys/kernel/notes',
      '/sys/kernel/uevent_seqnum',
    ].find((name) => {
      try {
        fs.readFileSync(name);
        return true;
      } catch {
        return false;
      }
    });
    if (file === undefined) return;
    await sameValue((api) => api.readFile(file));
    await sameValue((api) => api.readFile(file, 'utf8'));
  });

  test('readFile of /dev/null gives nothing', async () => {
    expect(await sameValue((api) => api.readFile('/dev/null', 'utf8'))).toBe('');
    expect(((await sameValue((api) => api.readFile('/dev/null'))) as Buffer).length).toBe(0);
  });
});

describe('errors', () => {
  const scene = (dir: string) => {
    fs.writeFileSync(`${dir}/file`, 'x');
    fs.mkdirSync(`${dir}/folder`);
    fs.symlinkSync('loop-b', `${dir}/loop-a`);
    fs.symlinkSync('loop-a', `${dir}/loop-b`);
    fs.symlinkSync('nowhere', `${dir}/dangling`);
  };

  test('readFile of a missing file rejects with ENOENT naming open and the path', async () => {
    const error = await sameError('ENOENT', (api, dir) => api.readFile(`${dir}/missing`), scene);
    expect(error.syscall).toBe('open');
    expect(error.path).toMatch(/missing$/);
  });

  test('readFile of a dangling symlink rejects with ENOENT', async () => {
    await sameError('ENOENT', (api, dir) => api.readFile(`${dir}/dangling`, 'utf8'), scene);
  });

  test('readFile below a file rejects with ENOTDIR', async () => {
    await sameError('ENOTDIR', (api, dir) => api.readFile(`${dir}/file/below`), scene);
    await sameError('ENOTDIR', (api, dir) => api.readFile(`${dir}/file/`), scene);
  });

  test('readFile of a folder rejects with EISDIR, the error being that of the running Node', async () => {
    await sameError('EISDIR', (api, dir) => api.readFile(`${dir}/folder`), scene);
    await sameError('EISDIR', (api, dir) => api.readFile(`${dir}/folder/`, 'utf8'), scene);
    await sameError('EISDIR', (api, dir) => untyped(api).readFile(`${dir}/folder`, { flag: 'r+' }), scene);
    await sameError('EISDIR', (api) => api.readFile('/'), scene);
    await sameError('EISDIR', (api) => api.readFile('/proc/self'), scene);
  });

  test('readFile of a symlink loop rejects with ELOOP', async () => {
    await sameError('ELOOP', (api, dir) => api.readFile(`${dir}/loop-a`), scene);
  });

  test.each([
    ['a name of 256 bytes', (dir: string) => `${dir}/${'n'.repeat(256)}`],
    ['a path of 5000 bytes', (dir: string) => `${dir}${'/n'.repeat(2500)}`],
    ['a path of 66000 bytes', (dir: string) => `${dir}${'/n'.repeat(33_000)}`],
    ['a path of 200000 bytes', (dir: string) => `${dir}${'/ü'.repeat(66_000)}`],
  ])('readFile of %s rejects with ENAMETOOLONG, and the next call works', async (_name, long) => {
    await sameError('ENAMETOOLONG', (api, dir) => api.readFile(long(dir)), scene);
    await sameError('ENAMETOOLONG', (api, dir) => api.readFile(Buffer.from(long(dir))), scene);
    expect(await sameValue((api, dir) => api.readFile(`${dir}/file`, 'utf8'), scene)).toBe('x');
  });

  test('readFile of a name of 255 bytes that is not there rejects with ENOENT', async () => {
    await sameError('ENOENT', (api, dir) => api.readFile(`${dir}/${'n'.repeat(255)}`), scene);
  });

  test('readFile of a file without read permission rejects with EACCES', async () => {
    await asNobody(() =>
      sameError('EACCES', (api, dir) => api.readFile(`${dir}/secret`), {
        prepare: (dir) => fs.writeFileSync(`${dir}/secret`, 'x', { mode: 0o000 }),
      }),
    );
  });

  test('readFile of a socket rejects with ENXIO', async () => {
    const dir = tempDir();
    const server = net.createServer();
    const start = process.cwd();
    process.chdir(dir); // a socket's path has room for 107 bytes only
    const listening = new Promise<void>((resolve) => server.listen('socket', resolve));
    process.chdir(start);
    await listening;
    try {
      await sameError('ENXIO', (api) => api.readFile(`${dir}/socket`));
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test.each([2 ** 31, 2 ** 31 + 1, 2 ** 33])(
    'readFile of a sparse file of %i bytes rejects with ERR_FS_FILE_TOO_LARGE',
    async (size) => {
      const sparse = sharing((dir) => {
        fs.writeFileSync(`${dir}/file`, '');
        fs.truncateSync(`${dir}/file`, size);
      });
      await sameError('ERR_FS_FILE_TOO_LARGE', readIt(), sparse);
      await sameError('ERR_FS_FILE_TOO_LARGE', readIt('utf8'), sparse);
    },
  );

  test('text that no string can hold fails in words of its own, by path, handle and callback', async () => {
    const tooLong = (dir: string): void => {
      fs.writeFileSync(`${dir}/file`, '');
      fs.truncateSync(`${dir}/file`, constants.MAX_STRING_LENGTH / 2 + 1);
    };
    const ofHandle = (api: FsPromises, dir: string) =>
      withHandle(api, `${dir}/file`, 'r', (handle) => handle.readFile('hex'));
    for (const call of [readIt('hex'), ofHandle]) {
      const { error } = await sameOutcome(call, sharing(tooLong));
      expect(error).toEqual(new RangeError('Invalid string length'));
    }
    const [error] = await sameCallback((api, dir, cb) => api.readFile(`${dir}/file`, 'hex', cb), tooLong);
    expect(error).toMatchObject({ code: 'ERR_STRING_TOO_LONG' });
  });

  test('a file of 2 GiB is told as Node tells it, to the first line of the stack, by path, handle and descriptor', async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/file`, '');
    fs.truncateSync(`${dir}/file`, 2 ** 31);
    // In a process of its own: jest words stacks itself.
    const script = `
      const file = process.env.DIR + '/file';
      const ofFs = (nodeFs) => (fd) => new Promise((resolve, reject) => nodeFs.readFile(fd, (error) => error ? reject(error) : resolve()));
      const told = (work) => work.then(() => 'no error', (error) => [error.code, ...error.stack.split('\\n').slice(0, 1), Object.keys(error)]);
      const tellAll = async (promises, nodeFs) => {
        const handle = await promises.open(file);
        const each = [
          await told(promises.readFile(file)),
          await told(handle.readFile()),
          await told(promises.readFile(handle, 'utf8')),
          await told(ofFs(nodeFs)(handle.fd)),
        ];
        const last = told(handle.readFile());
        await handle.close();
        return JSON.stringify([...each, await last]);
      };
      (async () => {
        console.log(await tellAll(subject, require(process.env.FS_SPECIFIER)));
        console.log(await tellAll(bare, require('node:fs')));
      })();`;
    const { code, stdout, stderr } = await runChild(script, { dir });
    expect([code, stderr]).toEqual([0, '']);
    const [ours, theirs] = stdout.split('\n');
    expect(ours).toBe(theirs);
    // The callback face has it without the code.
    expect(theirs?.match(/RangeError \[ERR_FS_FILE_TOO_LARGE\]/g)).toHaveLength(4);
  });

  test('a failed readFile leaves no descriptor behind', async () => {
    const dir = tempDir();
    scene(dir);
    const open = () => fs.readdirSync('/proc/self/fd').length;
    const attempts = () =>
      [`${dir}/missing`, `${dir}/folder`, `${dir}/loop-a`, `${dir}/file/x`].map((file) =>
        fsp.readFile(file).catch(() => {}),
      );
    await Promise.all(attempts());
    const before = open();
    for (let i = 0; i < 20; i++) await Promise.all(attempts());
    expect(open()).toBeLessThanOrEqual(before);
  });
});

/** Root reads everything: for one call, be somebody else. */
async function asNobody(work: () => Promise<unknown>): Promise<void> {
  if (process.getuid?.() !== 0) {
    await work();
    return;
  }
  // sameError prepares and reads folders: as root. Only the descriptor-less open is made as nobody, in a child.
  const dir = tempDir();
  fs.chmodSync(dir, 0o755);
  const file = `${dir}/secret`;
  fs.writeFileSync(file, 'x', { mode: 0o600 });
  const script = `
    process.seteuid(65534);
    const look = (error) => [error.code, error.errno, error.syscall, error.path, error.message, Object.keys(error)];
    (async () => {
      const seen = [];
      for (const api of [subject, bare]) seen.push(JSON.stringify(await api.readFile(process.env.DIR + '/secret').then(String, look)));
      console.log(seen[0]);
      process.exitCode = seen[0] === seen[1] && seen[0].includes('EACCES') ? 0 : 3;
    })();`;
  const { code, stdout, stderr } = await runChild(script, { dir });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('EACCES');
}

describe('files that change while being read', () => {
  /** A process of its own that changes the file until it is told to stop. */
  async function whileChanging(dir: string, change: string, work: () => Promise<void>): Promise<void> {
    const script = `
      const fs = require('node:fs'); const file = process.env.DIR + '/file'; const until = process.env.DIR + '/stop';
      const fd = fs.openSync(file, 'r+'); const step = () => { ${change} };
      fs.writeFileSync(process.env.DIR + '/started', '');
      while (!fs.existsSync(until)) for (let i = 0; i < 20; i++) step();`;
    const child = runChild(script, { dir });
    try {
      while (!fs.existsSync(`${dir}/started`)) await new Promise((resolve) => setTimeout(resolve, 2));
      await work();
    } finally {
      fs.writeFileSync(`${dir}/stop`, '');
      expect((await child).code).toBe(0);
    }
  }

  test.each([16 * K, 700 * K])(
    'a file of %i bytes that grows and is cut back gives at least its base, and only bytes that were written',
    async (base) => {
      const dir = tempDir();
      fs.writeFileSync(`${dir}/file`, Buffer.alloc(base, 'a'));
      const change = `fs.writeSync(fd, Buffer.alloc(50000, 'a'), 0, 50000, ${base}); fs.ftruncateSync(fd, ${base});`;
      await whileChanging(dir, change, async () => {
        for (let i = 0; i < 15; i++) {
          const content = await fsp.readFile(`${dir}/file`);
          expect(content.length).toBeGreaterThanOrEqual(base);
          expect(content.length).toBeLessThanOrEqual(base + 50_000);
          expect(content.every((byte) => byte === 97)).toBe(true);
          const text = await fsp.readFile(`${dir}/file`, 'latin1');
          expect(text).toMatch(/^a+$/);
          expect(text.length).toBeGreaterThanOrEqual(base);
        }
      });
    },
  );

  test.each([16 * K, 700 * K])(
    'a file of %i bytes that is cut to nothing and written again gives no byte that was never written',
    async (full) => {
      const dir = tempDir();
      fs.writeFileSync(`${dir}/file`, Buffer.alloc(full, 'a'));
      const change = `fs.ftruncateSync(fd, 0); for (let at = 0; at < ${full}; at += 8192) fs.writeSync(fd, Buffer.alloc(Math.min(8192, ${full} - at), 'a'), 0, undefined, at);`;
      await whileChanging(dir, change, async () => {
        for (let i = 0; i < 15; i++) {
          const content = await fsp.readFile(`${dir}/file`);
          expect(content.length).toBeLessThanOrEqual(full);
          expect(content.every((byte) => byte === 97)).toBe(true);
          expect(await fsp.readFile(`${dir}/file`, 'latin1')).toMatch(/^a*$/);
        }
      });
    },
  );
});

describe('FIFOs', () => {
  const fifo = (dir: string) => `${dir}/fifo`;
  const scene = (dir: string) => void mkfifo(fifo(dir));

  test('readFile of a FIFO waits for a writer that comes late', async () => {
    const call = (api: FsPromises, dir: string) => {
      shell('sleep 0.06; printf late > "$1"', fifo(dir));
      return api.readFile(fifo(dir));
    };
    expect(String(await sameValue(call, scene))).toBe('late');
  });

  test('readFile of a FIFO that is written in several pieces gives all of them', async () => {
    const call = (api: FsPromises, dir: string) => {
      shell('(printf one; sleep 0.04; printf two; sleep 0.04; printf three) > "$1"', fifo(dir));
      return api.readFile(fifo(dir), 'utf8');
    };
    expect(await sameValue(call, scene)).toBe('onetwothree');
  });

  test('readFile of a FIFO takes more than a pipe holds', async () => {
    const call = (api: FsPromises, dir: string) => {
      shell('head -c 300000 /dev/zero > "$1"', fifo(dir));
      return api.readFile(fifo(dir));
    };
    expect(((await sameValue(call, scene)) as Buffer).length).toBe(300_000);
  });

  test('readFile of a FIFO whose writer says nothing gives an empty Buffer', async () => {
    const call = (api: FsPromises, dir: string) => {
      shell('sleep 0.03; : > "$1"', fifo(dir));
      return api.readFile(fifo(dir));
    };
    expect(((await sameValue(call, scene)) as Buffer).length).toBe(0);
  });

  test('regular files are read while a FIFO is waited for', async () => {
    const dir = tempDir();
    mkfifo(fifo(dir));
    fs.writeFileSync(`${dir}/file`, 'quick');
    let waiting = true;
    const slow = fsp.readFile(fifo(dir), 'utf8').finally(() => {
      waiting = false;
    });
    for (let i = 0; i < 50; i++) expect(await fsp.readFile(`${dir}/file`, 'utf8')).toBe('quick');
    expect(waiting).toBe(true);
    await shell('printf done > "$1"', fifo(dir)).done;
    expect(await slow).toBe('done');
  });
});

describe('many at once', () => {
  test('500 concurrent reads of distinct files each give their own content', async () => {
    const dir = tempDir();
    const content = Array.from({ length: 500 }, (_, i) => pattern(100 + i * 37, i + 1));
    for (const [i, bytes] of content.entries()) fs.writeFileSync(`${dir}/${i}`, bytes);
    const results = await Promise.all(content.map((_, i) => fsp.readFile(`${dir}/${i}`)));
    for (const [i, bytes] of content.entries()) expect(results[i]?.equals(bytes)).toBe(true);
    const texts = await Promise.all(content.map((_, i) => fsp.readFile(`${dir}/${i}`, 'latin1')));
    for (const [i, bytes] of content.entries()) expect(texts[i]).toBe(bytes.toString('latin1'));
  });

  test('successes and failures side by side each go to their own caller', async () => {
    const dir = tempDir();
    for (let i = 0; i < 200; i += 2) fs.writeFileSync(`${dir}/${i}`, `content ${i}`);
    const calls = Array.from({ length: 200 }, (_, i) => fsp.readFile(`${dir}/${i}`, 'utf8'));
    const results = await Promise.allSettled(calls);
    results.forEach((result, i) => {
      if (i % 2 === 0) expect(result).toEqual({ status: 'fulfilled', value: `content ${i}` });
      else
        expect([result.status, (result as PromiseRejectedResult).reason.path]).toEqual([
          'rejected',
          `${dir}/${i}`,
        ]);
    });
  });

  test('3000 reads of one file in one tick all give it', async () => {
    const dir = tempDir();
    const content = pattern(5000);
    fs.writeFileSync(`${dir}/file`, content);
    const results = await Promise.all(Array.from({ length: 3000 }, () => fsp.readFile(`${dir}/file`)));
    expect(results.every((result) => result.equals(content))).toBe(true);
  });

  test('small and large files read at once do not mix', async () => {
    const dir = tempDir();
    const sizes = Array.from(
      { length: 60 },
      (_, i) => [0, 10, 4096, 70_000, 600_000, 1_500_000][i % 6] as number,
    );
    const content = sizes.map((size, i) => pattern(size, i + 9));
    for (const [i, bytes] of content.entries()) fs.writeFileSync(`${dir}/${i}`, bytes);
    const results = await Promise.all(content.map((_, i) => fsp.readFile(`${dir}/${i}`)));
    for (const [i, bytes] of content.entries()) expect(results[i]?.equals(bytes)).toBe(true);
  });
});

describe('the memory of results', () => {
  const sizes = [1, 100, 4096, 70_000, 600_000];

  test.each(sizes)(
    'changing one result of %i bytes touches neither another result nor the file',
    async (size) => {
      const dir = tempDir();
      const content = pattern(size);
      fs.writeFileSync(`${dir}/file`, content);
      const [one, two] = await Promise.all([fsp.readFile(`${dir}/file`), fsp.readFile(`${dir}/file`)]);
      one.fill(0xee);
      const three = await fsp.readFile(`${dir}/file`);
      expect(two.equals(content)).toBe(true);
      expect(three.equals(content)).toBe(true);
      expect(one.buffer).not.toBe(two.buffer);
    },
  );

  test.each(sizes)('a result of %i bytes can be transferred, and others stay', async (size) => {
    const dir = tempDir();
    const content = pattern(size);
    fs.writeFileSync(`${dir}/file`, content);
    const [one, two] = await Promise.all([fsp.readFile(`${dir}/file`), fsp.readFile(`${dir}/file`)]);
    const moved = structuredClone(one.buffer as ArrayBuffer, { transfer: [one.buffer as ArrayBuffer] });
    expect(one.length).toBe(0);
    expect(moved.byteLength).toBe(size);
    expect(Buffer.from(moved).equals(content)).toBe(true);
    expect(two.equals(content)).toBe(true);
  });

  test('a result stays as it was while other files are read and written', async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/kept`, pattern(20_000, 3));
    const kept = await fsp.readFile(`${dir}/kept`);
    for (let i = 0; i < 50; i++) {
      await fsp.writeFile(`${dir}/other`, pattern(20_000, i + 50));
      await fsp.readFile(`${dir}/other`);
    }
    expect(kept.equals(pattern(20_000, 3))).toBe(true);
  });
});

describe('options are read once, at the call', () => {
  test('changing the options object after the call changes nothing', async () => {
    const call = (api: FsPromises, dir: string) => {
      const options: { encoding: BufferEncoding | null } = { encoding: 'utf8' };
      const promise = api.readFile(`${dir}/file`, options);
      return promise;
    };
    expect(await sameValue(call, holding('text'))).toBe('text');
  });

  test('options given by a class instance, getters and inheritance count', async () => {
    class Options {
      get encoding() {
        return 'hex';
      }
    }
    expect(await sameValue(readIt(new Options()), holding('AB'))).toBe('4142');
    expect(await sameValue(readIt(Object.create({ encoding: 'hex' })), holding('AB'))).toBe('4142');
  });

  test('a throwing getter rejects with what it threw', async () => {
    const options = {
      get encoding(): never {
        throw new RangeError('from the getter');
      },
    };
    const { how, error } = await sameOutcome(readIt(options), holding('x'));
    expect([how, error?.message]).toEqual(['rejection', 'from the getter']);
  });

  test('more arguments than two are ignored', async () => {
    expect(
      await sameValue((api, dir) => untyped(api).readFile(`${dir}/file`, 'utf8', 'extra', {}), holding('x')),
    ).toBe('x');
  });

  test('the functions need no `this`', async () => {
    expect(
      await sameValue((api, dir) => Reflect.apply(api.readFile, null, [`${dir}/file`, 'utf8']), holding('x')),
    ).toBe('x');
  });
});
