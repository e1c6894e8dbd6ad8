// node:fs with callbacks: how they are called, with what, and what is thrown before anything begins.
import * as fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as util from 'node:util';
import { type AnyFs, type Callback, type CallbackCall, facesOf, sameCallback } from '../support/callbacks';
import {
  fsp,
  mkfifo,
  pattern,
  runChild,
  sameOutcome,
  subjectFs,
  subjectName,
  tempDir,
  untyped,
} from '../support/subject';

const TEXT = '0123456789abcdefghijklmnopqrstuvwxyz';
const scene = (dir: string): void => {
  fs.writeFileSync(`${dir}/file`, TEXT);
  fs.mkdirSync(`${dir}/folder`);
  fs.symlinkSync('file', `${dir}/link`);
  fs.symlinkSync('nowhere', `${dir}/dangling`);
};

const largeScene = (dir: string): void => fs.writeFileSync(`${dir}/large`, pattern(700_000));

/** A call on a raw descriptor, opened and closed by the test itself, with what the file holds afterwards. */
const onFd =
  (
    flags: string,
    call: (api: AnyFs, fd: number, callback: Callback) => unknown,
    file = 'file',
  ): CallbackCall =>
  (api, dir, callback) => {
    const fd = fs.openSync(`${dir}/${file}`, flags);
    let returned: unknown;
    try {
      returned = call(api, fd, (...args) => {
        fs.closeSync(fd);
        callback(...args);
      });
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
    return returned;
  };

describe('functions of paths', () => {
  const calls: [string, (api: AnyFs, dir: string, tail: string, callback: Callback) => unknown][] = [
    ['access', (api, dir, tail, cb) => api.access(`${dir}/${tail}`, cb)],
    ['access for writing', (api, dir, tail, cb) => api.access(`${dir}/${tail}`, fs.constants.W_OK, cb)],
    ['access, mode undefined', (api, dir, tail, cb) => api.access(`${dir}/${tail}`, undefined, cb)],
    ['stat', (api, dir, tail, cb) => api.stat(`${dir}/${tail}`, cb)],
    ['stat, options undefined', (api, dir, tail, cb) => api.stat(`${dir}/${tail}`, undefined, cb)],
    ['stat, bigint', (api, dir, tail, cb) => api.stat(`${dir}/${tail}`, { bigint: true }, cb)],
    [
      'stat, throwIfNoEntry false',
      (api, dir, tail, cb) => api.stat(`${dir}/${tail}`, { throwIfNoEntry: false }, cb),
    ],
    ['lstat', (api, dir, tail, cb) => api.lstat(`${dir}/${tail}`, cb)],
    ['lstat, bigint', (api, dir, tail, cb) => api.lstat(`${dir}/${tail}`, { bigint: true }, cb)],
    ['exists', (api, dir, tail, cb) => api.exists(`${dir}/${tail}`, cb)],
    ['unlink', (api, dir, tail, cb) => api.unlink(`${dir}/${tail}`, cb)],
    ['mkdir', (api, dir, tail, cb) => api.mkdir(`${dir}/${tail}`, cb)],
    ['mkdir, mode', (api, dir, tail, cb) => api.mkdir(`${dir}/${tail}`, 0o700, cb)],
    ['mkdir -p', (api, dir, tail, cb) => api.mkdir(`${dir}/${tail}`, { recursive: true }, cb)],
    ['rename', (api, dir, tail, cb) => api.rename(`${dir}/${tail}`, `${dir}/new`, cb)],
    ['rename onto', (api, dir, tail, cb) => api.rename(`${dir}/file`, `${dir}/${tail}`, cb)],
    ['writeFile', (api, dir, tail, cb) => api.writeFile(`${dir}/${tail}`, 'text', cb)],
    ['writeFile, wx', (api, dir, tail, cb) => api.writeFile(`${dir}/${tail}`, 'x', { flag: 'wx' }, cb)],
    ['writeFile, hex', (api, dir, tail, cb) => api.writeFile(`${dir}/${tail}`, 'abcd', 'hex', cb)],
    ['writeFile of a view', (api, dir, tail, cb) => api.writeFile(`${dir}/${tail}`, new Uint16Array(3), cb)],
    [
      'writeFile, flush and mode',
      (api, dir, tail, cb) => api.writeFile(`${dir}/${tail}`, 'x', { flush: true, mode: 0o600 }, cb),
    ],
    ['appendFile', (api, dir, tail, cb) => api.appendFile(`${dir}/${tail}`, 'text', cb)],
    ['appendFile, options', (api, dir, tail, cb) => api.appendFile(`${dir}/${tail}`, 'f', 'latin1', cb)],
    ['readFile', (api, dir, tail, cb) => api.readFile(`${dir}/${tail}`, cb)],
    ['readFile, utf8', (api, dir, tail, cb) => api.readFile(`${dir}/${tail}`, 'utf8', cb)],
    ['readFile, base64', (api, dir, tail, cb) => api.readFile(`${dir}/${tail}`, { encoding: 'base64' }, cb)],
    ['readFile, null', (api, dir, tail, cb) => api.readFile(`${dir}/${tail}`, null, cb)],
    ['readFile, a+', (api, dir, tail, cb) => api.readFile(`${dir}/${tail}`, { flag: 'a+' }, cb)],
    ['readdir', (api, dir, tail, cb) => api.readdir(`${dir}/${tail}`, cb)],
    ['readlink', (api, dir, tail, cb) => api.readlink(`${dir}/${tail}`, cb)],
    ['realpath', (api, dir, tail, cb) => api.realpath(`${dir}/${tail}`, cb)],
    ['realpath through ..', (api, dir, tail, cb) => api.realpath(`${dir}/${tail}/../file`, cb)],
    ['realpath.native', (api, dir, tail, cb) => api.realpath.native(`${dir}/${tail}`, cb)],
    [
      'realpath.native, buffer',
      (api, dir, tail, cb) =>
        api.realpath.native(`${dir}/${tail}`, 'buffer', (error: unknown, real: Buffer) =>
          cb(error, real?.toString(), Buffer.isBuffer(real)),
        ),
    ],
    ['rmdir', (api, dir, tail, cb) => api.rmdir(`${dir}/${tail}`, cb)],
    ['rm', (api, dir, tail, cb) => api.rm(`${dir}/${tail}`, cb)],
    ['rm -rf', (api, dir, tail, cb) => api.rm(`${dir}/${tail}`, { recursive: true, force: true }, cb)],
    ['chmod', (api, dir, tail, cb) => api.chmod(`${dir}/${tail}`, 0o600, cb)],
    ['chmod, octal', (api, dir, tail, cb) => api.chmod(`${dir}/${tail}`, '640', cb)],
    ['chown', (api, dir, tail, cb) => api.chown(`${dir}/${tail}`, -1, -1, cb)],
    ['lchown', (api, dir, tail, cb) => api.lchown(`${dir}/${tail}`, -1, -1, cb)],
    ['utimes', (api, dir, tail, cb) => api.utimes(`${dir}/${tail}`, 1, new Date(5000), cb)],
    ['lutimes', (api, dir, tail, cb) => api.lutimes(`${dir}/${tail}`, 1, '5', cb)],
    ['link', (api, dir, tail, cb) => api.link(`${dir}/${tail}`, `${dir}/linked`, cb)],
    ['symlink', (api, dir, tail, cb) => api.symlink('target', `${dir}/${tail}`, cb)],
    ['symlink, type', (api, dir, tail, cb) => api.symlink('target', `${dir}/${tail}`, 'dir', cb)],
    ['truncate', (api, dir, tail, cb) => api.truncate(`${dir}/${tail}`, 5, cb)],
    ['truncate, no length', (api, dir, tail, cb) => api.truncate(`${dir}/${tail}`, cb)],
    ['copyFile', (api, dir, tail, cb) => api.copyFile(`${dir}/${tail}`, `${dir}/copy`, cb)],
    [
      'copyFile, exclusive',
      (api, dir, tail, cb) => api.copyFile(`${dir}/file`, `${dir}/${tail}`, fs.constants.COPYFILE_EXCL, cb),
    ],
    ['cp', (api, dir, tail, cb) => api.cp(`${dir}/${tail}`, `${dir}/copy`, cb)],
    ['cp -r', (api, dir, tail, cb) => api.cp(`${dir}/${tail}`, `${dir}/copy`, { recursive: true }, cb)],
  ];
  const tails = ['file', 'folder', 'dangling', 'missing', 'file/below', 'new'];

  test.each(calls)('%s', async (_name, call) => {
    for (const tail of tails)
      await sameCallback((api, dir, callback) => call(api, dir, tail, callback), scene);
  });

  test('paths may be Buffers and URLs', async () => {
    for (const name of ['stat', 'lstat', 'access', 'readFile', 'exists', 'unlink', 'mkdir', 'readdir']) {
      for (const tail of ['file', 'folder', 'missing']) {
        await sameCallback((api, dir, cb) => api[name](Buffer.from(`${dir}/${tail}`), cb), scene);
        await sameCallback((api, dir, cb) => api[name](pathToFileURL(`${dir}/${tail}`), cb), scene);
      }
    }
  });

  test('mkdtemp, statfs and opendir', async () => {
    await sameCallback((api, dir, cb) =>
      api.mkdtemp(`${dir}/new-`, (failed: unknown, name: string) => {
        fs.rmdirSync(name);
        cb(failed, name.length, name.slice(0, -6));
      }),
    );
    await sameCallback((api, dir, cb) =>
      api.mkdtemp(`${dir}/no/such/`, (failed: NodeJS.ErrnoException, ...more: unknown[]) =>
        cb(failed.code, failed.syscall, more),
      ),
    );
    await sameCallback((api, dir, cb) =>
      api.statfs(dir, (failed: unknown, stats: fs.StatsFs) => cb(failed, stats.bsize, Object.keys(stats))),
    );
    await sameCallback((api, dir, cb) => api.statfs(`${dir}/missing`, cb));
    await sameCallback((api, dir, cb) => api.opendir(`${dir}/missing`, cb));
    await sameCallback(
      (api, dir, cb) =>
        api.opendir(dir, async (failed: unknown, found: fs.Dir) => {
          const names = [];
          for await (const entry of found) names.push(entry.name);
          cb(failed, found instanceof fs.Dir, names.sort());
        }),
      scene,
    );
  });

  test.each([
    'steps/L',
    'steps/M',
    'steps/M/file',
    'steps/deep/../file',
    'steps/deep',
    'steps/plain',
    'steps/é/../é',
    'steps/loop',
    'steps/L/below',
    'steps/fifo-link',
    'steps',
  ])('realpath of %p joins the targets of links as text', async (tail) => {
    const steps = (dir: string): void => {
      for (const folder of ['steps/é', 'else/deep']) fs.mkdirSync(`${dir}/${folder}`, { recursive: true });
      for (const file of ['steps/file', 'else/file', 'steps/plain']) fs.writeFileSync(`${dir}/${file}`, '');
      mkfifo(`${dir}/else/fifo`);
      const links: [string, string][] = [
        ['../else/deep', 'deep'],
        ['deep/../file', 'L'],
        ['deep/..', 'M'],
        ['loop', 'loop'],
        ['../else/fifo', 'fifo-link'],
      ];
      for (const [target, name] of links) fs.symlinkSync(target, `${dir}/steps/${name}`);
    };
    for (const encoding of ['utf8', 'buffer', 'latin1', 'hex']) {
      await sameCallback((api, dir, cb) => {
        // As text without the folder of this side: bytes and hex would hold it.
        const told = (error: unknown, real: string | Buffer | undefined): void => {
          const bytes = typeof real === 'string' ? Buffer.from(real, encoding as 'hex') : real;
          cb(error, bytes?.toString(), typeof real);
        };
        return api.realpath(`${dir}/${tail}`, encoding, told);
      }, steps);
    }
  });

  test('readFile of a large file, of a folder and of what is in /proc', async () => {
    await sameCallback((api, dir, cb) => api.readFile(`${dir}/large`, cb), largeScene);
    await sameCallback((api, dir, cb) => api.readFile(`${dir}/large`, 'latin1', cb), largeScene);
    await sameCallback((api, dir, cb) => api.readFile(dir, cb), scene);
    await sameCallback((api, _dir, cb) => api.readFile('/proc/version', 'utf8', cb));
  });
});

describe('functions of descriptors', () => {
  test.each<[string, (api: AnyFs, fd: number, callback: Callback) => unknown]>([
    ['fstat', (api, fd, cb) => api.fstat(fd, cb)],
    ['fstat, bigint', (api, fd, cb) => api.fstat(fd, { bigint: true }, cb)],
    ['fstat, undefined', (api, fd, cb) => api.fstat(fd, undefined, cb)],
    ['fsync', (api, fd, cb) => api.fsync(fd, cb)],
    ['fdatasync', (api, fd, cb) => api.fdatasync(fd, cb)],
    ['ftruncate', (api, fd, cb) => api.ftruncate(fd, cb)],
    ['ftruncate to 7', (api, fd, cb) => api.ftruncate(fd, 7, cb)],
    ['ftruncate to -7', (api, fd, cb) => api.ftruncate(fd, -7, cb)],
    ['ftruncate to 100', (api, fd, cb) => api.ftruncate(fd, 100, cb)],
    ['fchmod', (api, fd, cb) => api.fchmod(fd, 0o600, cb)],
    ['fchown', (api, fd, cb) => api.fchown(fd, -1, -1, cb)],
    ['futimes', (api, fd, cb) => api.futimes(fd, 1, 2, cb)],
    ['readFile', (api, fd, cb) => api.readFile(fd, cb)],
    ['readFile, utf8', (api, fd, cb) => api.readFile(fd, 'utf8', cb)],
    ['writeFile', (api, fd, cb) => api.writeFile(fd, 'text', cb)],
    ['writeFile, flush', (api, fd, cb) => api.writeFile(fd, 'text', { flush: true }, cb)],
    ['appendFile', (api, fd, cb) => api.appendFile(fd, 'text', cb)],
    ['truncate of a descriptor', (api, fd, cb) => api.truncate(fd, 3, cb)],
  ])('%s', async (name, call) => {
    for (const flags of ['r', 'r+', 'a+']) await sameCallback(onFd(flags, call), scene);
    // Of readFile Node tells then of an error in its own insides.
    if (!name.startsWith('readFile'))
      await sameCallback((api, _dir, callback) => call(api, 98_765, callback));
  });

  const buffer = () => Buffer.alloc(16, '.');
  const n = null;
  const reads: [string, () => unknown[]][] = [
    ['(fd)', () => []],
    ['(fd, buffer)', () => [buffer()]],
    ['(fd, undefined)', () => [undefined]],
    ['(fd, {})', () => [{}]],
    ['(fd, null)', () => [null]],
    ['(fd, { buffer })', () => [{ buffer: buffer() }]],
    [
      '(fd, { buffer, offset, length, position })',
      () => [{ buffer: buffer(), offset: 2, length: 5, position: 7 }],
    ],
    ['(fd, { position })', () => [{ position: 3 }]],
    ['(fd, { length })', () => [{ length: 3 }]],
    ['(fd, { length: null })', () => [{ length: null }]],
    ['(fd, buffer, {})', () => [buffer(), {}]],
    ['(fd, buffer, null)', () => [buffer(), null]],
    ['(fd, buffer, undefined)', () => [buffer(), undefined]],
    ['(fd, buffer, { offset })', () => [buffer(), { offset: 4 }]],
    ['(fd, buffer, { offset: null })', () => [buffer(), { offset: null }]],
    ['(fd, buffer, { position })', () => [buffer(), { position: 30 }]],
    ['(fd, buffer, { position: 30n })', () => [buffer(), { position: 30n }]],
    ['(fd, buffer, { length: 20 })', () => [buffer(), { length: 20 }]],
    ['(fd, buffer, 0)', () => [buffer(), 0]],
    ['(fd, buffer, 0, 4)', () => [buffer(), 0, 4]],
    ['(fd, buffer, 2, 4, 6)', () => [buffer(), 2, 4, 6]],
    ['(fd, buffer, 2, 4, null)', () => [buffer(), 2, 4, n]],
    ['(fd, buffer, 2, 4, undefined)', () => [buffer(), 2, 4, undefined]],
    ['(fd, buffer, 2, 4, -1)', () => [buffer(), 2, 4, -1]],
    ['(fd, buffer, 2, 4, -2)', () => [buffer(), 2, 4, -2]],
    ['(fd, buffer, 2, 4, 6n)', () => [buffer(), 2, 4, 6n]],
    ['(fd, buffer, 2, 4, -1n)', () => [buffer(), 2, 4, -1n]],
    ['(fd, buffer, 2, 4, 1.5)', () => [buffer(), 2, 4, 1.5]],
    ["(fd, buffer, 2, 4, '6')", () => [buffer(), 2, 4, '6']],
    ['(fd, buffer, 2, 4, 100)', () => [buffer(), 2, 4, 100]],
    ['(fd, buffer, null, 4, 0)', () => [buffer(), n, 4, 0]],
    ['(fd, buffer, undefined, undefined, undefined)', () => [buffer(), undefined, undefined, undefined]],
    ['(fd, buffer, 0, null, 0)', () => [buffer(), 0, n, 0]],
    ['(fd, buffer, 0, 2.7, 0)', () => [buffer(), 0, 2.7, 0]],
    ["(fd, buffer, 0, '4', 0)", () => [buffer(), 0, '4', 0]],
    ['(fd, buffer, 0, 0, 0)', () => [buffer(), 0, 0, 0]],
    ['(fd, buffer, 0, 17, 0)', () => [buffer(), 0, 17, 0]],
    ['(fd, buffer, -1, 4, 0)', () => [buffer(), -1, 4, 0]],
    ['(fd, buffer, 17, 1, 0)', () => [buffer(), 17, 1, 0]],
    ['(fd, Uint16Array)', () => [new Uint16Array(4)]],
    ['(fd, DataView, 1, 4, 5)', () => [new DataView(new ArrayBuffer(9), 2), 1, 4, 5]],
    ['(fd, empty)', () => [Buffer.alloc(0)]],
    ["(fd, 'text')", () => ['text']],
    ['(fd, 5)', () => [5]],
    ['(fd, [])', () => [[]]],
    ['(fd, SharedArrayBuffer)', () => [new Uint8Array(new SharedArrayBuffer(8))]],
    ['(fd, buffer, 0, 4, 0, extra)', () => [buffer(), 0, 4, 0, 'extra']],
  ];
  test.each(reads)('read%s', async (_name, args) => {
    await sameCallback(
      onFd('r', (api, fd, cb) => api.read(fd, ...args(), cb)),
      scene,
    );
    await sameCallback(
      onFd('w', (api, fd, cb) => api.read(fd, ...args(), cb)),
      scene,
    );
  });

  const writes: [string, () => unknown[]][] = [
    ['(fd, buffer)', () => [Buffer.from('ABCDEF')]],
    ['(fd, buffer, 2)', () => [Buffer.from('ABCDEF'), 2]],
    ['(fd, buffer, 2, 3)', () => [Buffer.from('ABCDEF'), 2, 3]],
    ['(fd, buffer, 2, 3, 10)', () => [Buffer.from('ABCDEF'), 2, 3, 10]],
    ['(fd, buffer, 2, 3, null)', () => [Buffer.from('ABCDEF'), 2, 3, n]],
    ['(fd, buffer, null, null, null)', () => [Buffer.from('ABCDEF'), n, n, n]],
    ['(fd, buffer, 0, 2, 10n)', () => [Buffer.from('ABCDEF'), 0, 2, 10n]],
    ["(fd, buffer, 0, '2', '3')", () => [Buffer.from('ABCDEF'), 0, '2', '3']],
    ['(fd, buffer, 0, 2, -1)', () => [Buffer.from('ABCDEF'), 0, 2, -1]],
    ['(fd, buffer, 0, 2, NaN)', () => [Buffer.from('ABCDEF'), 0, 2, Number.NaN]],
    ['(fd, buffer, 7)', () => [Buffer.from('ABCDEF'), 7]],
    ['(fd, buffer, 0, 7)', () => [Buffer.from('ABCDEF'), 0, 7]],
    ['(fd, buffer, 0, 1.5)', () => [Buffer.from('ABCDEF'), 0, 1.5]],
    ["(fd, buffer, 'x')", () => [Buffer.from('ABCDEF'), 'x']],
    ['(fd, buffer, {})', () => [Buffer.from('ABCDEF'), {}]],
    ['(fd, buffer, null)', () => [Buffer.from('ABCDEF'), null]],
    [
      '(fd, buffer, { offset, length, position })',
      () => [Buffer.from('ABCDEF'), { offset: 1, length: 2, position: 3 }],
    ],
    ['(fd, Float64Array)', () => [new Float64Array([1, 2])]],
    ['(fd, empty)', () => [Buffer.alloc(0)]],
    ['(fd, text)', () => ['äöü']],
    ['(fd, text, 5)', () => ['äöü', 5]],
    ['(fd, text, null)', () => ['äöü', null]],
    ['(fd, text, undefined, latin1)', () => ['äöü', undefined, 'latin1']],
    ['(fd, text, 5, hex)', () => ['abcd', 5, 'hex']],
    ['(fd, text, 5, nonsense)', () => ['abcd', 5, 'nonsense']],
    ['(fd, empty text)', () => ['']],
    ['(fd, 5)', () => [5]],
    ['(fd, {})', () => [{}]],
    ['(fd, undefined)', () => [undefined]],
  ];
  test.each(writes)('write%s', async (_name, args) => {
    for (const flags of ['r+', 'a', 'r'])
      await sameCallback(
        onFd(flags, (api, fd, cb) => api.write(fd, ...args(), cb)),
        scene,
      );
  });

  const views = () => [Buffer.alloc(3), new Uint16Array(2), new DataView(new ArrayBuffer(8), 1, 5)];
  const vectors: [string, () => unknown[]][] = [
    ['(fd, views)', () => [views()]],
    ['(fd, views, 5)', () => [views(), 5]],
    ['(fd, views, null)', () => [views(), null]],
    ['(fd, views, undefined)', () => [views(), undefined]],
    ['(fd, views, 5n)', () => [views(), 5n]],
    ["(fd, views, '5')", () => [views(), '5']],
    ['(fd, views, -1)', () => [views(), -1]],
    ['(fd, views, 1.5)', () => [views(), 1.5]],
    ['(fd, [view], 30)', () => [[Buffer.alloc(20)], 30]],
    ['(fd, [empty])', () => [[Buffer.alloc(0)]]],
    ['(fd, [])', () => [[]]],
    ['(fd, [empty, view])', () => [[Buffer.alloc(0), Buffer.alloc(4, 'x')]]],
    ["(fd, ['text'])", () => [['text']]],
    ['(fd, view)', () => [Buffer.alloc(3)]],
    ['(fd, null)', () => [null]],
    ['(fd, 40 views of 20000)', () => [Array.from({ length: 40 }, () => Buffer.alloc(20_000, 'y'))]],
    ['(fd, 1500 views)', () => [Array.from({ length: 1500 }, () => Buffer.alloc(1, 'z'))]],
  ];
  test.each(vectors)('readv%s and writev', async (_name, args) => {
    await sameCallback(
      onFd('r', (api, fd, cb) => api.readv(fd, ...args(), cb)),
      scene,
    );
    await sameCallback(
      onFd('r', (api, fd, cb) => api.readv(fd, ...args(), cb), 'large'),
      largeScene,
    );
    for (const flags of ['r+', 'a', 'r'])
      await sameCallback(
        onFd(flags, (api, fd, cb) => api.writev(fd, ...args(), cb)),
        scene,
      );
  });

  test('a descriptor goes its way: open, read, write, stat, close', async () => {
    const call: CallbackCall = (api, dir, callback) => {
      const seen: unknown[] = [];
      api.open(`${dir}/file`, 'r+', (...opened: unknown[]) => {
        seen.push(opened.length, opened[0], typeof opened[1]);
        const fd = opened[1] as number;
        api.read(fd, Buffer.alloc(4), 0, 4, null, (...read: unknown[]) => {
          seen.push(read);
          api.write(fd, 'XY', (...written: unknown[]) => {
            seen.push(written);
            api.close(fd, (...closed: unknown[]) => {
              seen.push(closed);
              api.fstat(fd, (failed: NodeJS.ErrnoException) => {
                seen.push(failed?.code);
                callback(seen);
              });
            });
          });
        });
      });
    };
    await sameCallback(call, scene);
  });

  test.each(['r', 'w', 'a+', 'wx', 'rs+', 'nonsense', 0, undefined, null, 5.5, {}])(
    'open with the flags %p',
    async (flags) => {
      const shown = (api: AnyFs, cb: Callback) => (error: unknown, fd: number) => {
        if (fd === undefined) return cb(error);
        api.close(fd, (...closed: unknown[]) => cb(error, typeof fd, closed));
      };
      for (const tail of ['file', 'new', 'no/such', 'folder', 'link']) {
        await sameCallback((api, dir, cb) => api.open(`${dir}/${tail}`, flags, shown(api, cb)), scene);
        await sameCallback((api, dir, cb) => api.open(`${dir}/${tail}`, flags, 0o600, shown(api, cb)), scene);
      }
      await sameCallback((api, dir, cb) => api.open(`${dir}/file`, shown(api, cb)), scene);
      await sameCallback((api, dir, cb) => api.open(`${dir}/file`, flags, 'rwx', shown(api, cb)), scene);
    },
  );

  test('close in the same turn takes nothing from a read and a write that have begun', async () => {
    const dir = tempDir();
    largeScene(dir);
    const fd = fs.openSync(`${dir}/large`, 'r');
    const out = fs.openSync(`${dir}/out`, 'w');
    const target = Buffer.alloc(700_000);
    const read = new Promise<number>((resolve, reject) => {
      subjectFs.read(fd, target, 0, target.length, 0, (error, n) => (error ? reject(error) : resolve(n)));
    });
    const written = new Promise<number>((resolve, reject) => {
      subjectFs.write(out, TEXT, (error, n) => (error ? reject(error) : resolve(n)));
    });
    const both = Promise.allSettled([read, written]);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([fd, out].map((each) => util.promisify(subjectFs.close)(each)));
    // Node may have been too slow, then it says so: nobody may get foreign bytes.
    const [n, m] = await both;
    if (n.status === 'fulfilled') expect([n.value, target.equals(pattern(700_000))]).toEqual([700_000, true]);
    else expect(n.reason.code).toBe('EBADF');
    if (m.status === 'fulfilled') expect(fs.readFileSync(`${dir}/out`, 'utf8')).toBe(TEXT);
    else expect(m.reason.code).toBe('EBADF');
  });

  test.each([[], ['utf8'], ['base64'], [{ encoding: null }]])(
    'readFile of what cannot be read finds nothing: %p',
    async (...options) => {
      const reads = (flags: string, file: string) =>
        sameCallback(
          onFd(flags, (api, fd, cb) => api.readFile(fd, ...options, cb), file),
          scene,
        );
      for (const flags of ['w', 'a']) expect((await reads(flags, 'file'))[0]).toBeNull();
      expect((await reads('r', 'folder'))[0]).toBeNull();
    },
  );

  test('readFile with a signal that fires gives what it has read', async () => {
    await sameCallback(
      onFd('r', (api, fd, cb) => {
        const controller = new AbortController();
        api.readFile(fd, { signal: controller.signal }, cb);
        controller.abort();
      }),
      scene,
    );
    await sameCallback(
      onFd('r', (api, fd, cb) => api.readFile(fd, { signal: new AbortController().signal }, cb)),
      scene,
    );
  });

  test('readFile of the read end of a pipe waits for its end', async () => {
    const fifo = mkfifo(`${tempDir()}/fifo`);
    const fd = fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    const end = fs.openSync(fifo, 'r');
    fs.writeSync(fd, 'first');
    const content = util.promisify(subjectFs.readFile)(end, 'utf8');
    setTimeout(() => {
      fs.writeSync(fd, ' second');
      fs.closeSync(fd);
    }, 30);
    expect(await content).toBe('first second');
    fs.closeSync(end);
  });
});

describe('bad arguments', () => {
  const names = Object.keys(fs).filter(
    (name) =>
      typeof untyped(fs)[name] === 'function' &&
      typeof untyped(fs)[`${name}Sync`] === 'function' &&
      !['glob', 'mkdtempDisposable', 'openAsBlob'].includes(name),
  );
  names.push('exists');

  /** What a call with these arguments throws at once; one that does not is none of this test's business. */
  const thrown = async (name: string, args: (cb: Callback) => unknown[]) => {
    await sameOutcome((api) => {
      const faces = facesOf(api);
      return new Promise((resolve) => {
        const settled = (...told: unknown[]) => resolve(['called', told]);
        faces[name](...args(settled));
      });
    });
  };

  test.each(names)('%s without a callback, or with something else in its place', (name) => {
    for (const last of [[], [undefined], [null], ['text'], [5], [{}]]) {
      // There it may be left out; and Node 20 finds out too late to throw.
      if (name === 'close' || name === 'rm') continue;
      for (const first of [
        ['/no/such/folder/file'],
        [],
        [98_765],
        ['/no/such/folder/file', '/no/such/folder/2'],
      ]) {
        const call = () => {
          const returned = untyped(subjectFs)[name](...first, ...last);
          return ['no throw', typeof returned];
        };
        const bareCall = () => ['no throw', typeof untyped(fs)[name](...first, ...last)];
        const told = (work: () => unknown) => {
          try {
            return work();
          } catch (error) {
            const { name: kind, code, message } = error as NodeJS.ErrnoException;
            return { kind, code, message };
          }
        };
        const ours = told(call);
        const theirs = told(bareCall);
        expect({ first, last, outcome: ours }).toEqual({ first, last, outcome: theirs });
      }
    }
  });

  test.each(names)('%s with a wrong first argument', async (name) => {
    // No symbol: Node 20 aborts the process on one.
    const wrong = [undefined, null, -1, 1.5, 2 ** 31, Number.NaN, true, {}, [], 'a\0b', () => {}];
    for (const first of wrong) {
      if (name === 'readFile' && first === -1) continue; // Node throws it into nobody's hands
      await thrown(name, (cb) => [first, cb]);
    }
    for (const first of wrong) await thrown(name, (cb) => [first, 'x', cb]);
  });

  test('arguments behind the callback change nothing', async () => {
    await sameCallback((api, dir, cb) => api.stat(`${dir}/file`, cb, 'extra'), scene);
    await sameCallback((api, dir, cb) => api.readFile(`${dir}/file`, 'utf8', cb, 5), scene);
    await sameCallback((api, dir, cb) => api.stat(`${dir}/file`, cb, () => {}), scene);
    await sameCallback((api, dir, cb) => api.writeFile(`${dir}/new`, 'x', cb, cb), scene);
  });

  test('options that are wrong, or getters that throw', async () => {
    const wrong = [
      5,
      'nonsense',
      { encoding: 'nonsense' },
      { flag: 'nonsense' },
      { signal: 5 },
      true,
      Symbol('x'),
    ];
    for (const options of wrong) {
      await sameCallback((api, dir, cb) => api.readFile(`${dir}/file`, options, cb), scene);
      await sameCallback((api, dir, cb) => api.writeFile(`${dir}/file`, 'x', options, cb), scene);
      await sameCallback((api, dir, cb) => api.stat(`${dir}/file`, options, cb), scene);
      await sameCallback((api, dir, cb) => api.mkdir(`${dir}/new`, options, cb), scene);
    }
    for (const data of [5, null, undefined, {}, [], ['x'], true])
      await sameCallback((api, dir, cb) => api.writeFile(`${dir}/file`, data, cb), scene);
  });

  // Some of these the promises take for none, and these functions for wrong.
  test.each([undefined, null, '', 0, false, Number.NaN, 'r', 'w', 'a', 'x', {}])(
    'the flag %p',
    async (flag) => {
      for (const file of ['file', 'new']) {
        await sameCallback((api, dir, cb) => api.readFile(`${dir}/${file}`, { flag }, cb), scene);
        await sameCallback((api, dir, cb) => api.writeFile(`${dir}/${file}`, 'x', { flag }, cb), scene);
        await sameCallback((api, dir, cb) => api.appendFile(`${dir}/${file}`, 'x', { flag }, cb), scene);
      }
      await sameCallback(
        onFd('r', (api, fd, cb) => api.readFile(fd, { flag }, cb)),
        scene,
      );
    },
  );

  test.each([undefined, null, '', 0, 1, false, true, 'yes', {}])(
    'readdir, recursive: %p',
    async (recursive) => {
      for (const withFileTypes of [undefined, true]) {
        for (const tail of ['', '/folder', '/file', '/missing']) {
          await sameCallback(
            (api, dir, cb) => api.readdir(`${dir}${tail}`, { recursive, withFileTypes }, cb),
            (dir) => {
              scene(dir);
              fs.mkdirSync(`${dir}/folder/a/b`, { recursive: true });
            },
          );
        }
      }
    },
  );
});

describe('how callbacks are called', () => {
  test('an aborted readFile and writeFile say so, with the cause', async () => {
    for (const [when, reason] of [
      ['before', undefined],
      ['after', 'because'],
      ['before', new TypeError('x')],
    ]) {
      const call: CallbackCall = (api, dir, cb) => {
        const controller = new AbortController();
        if (when === 'before') controller.abort(reason);
        api.readFile(`${dir}/large`, { signal: controller.signal }, cb);
        controller.abort(reason);
      };
      await sameCallback(call, largeScene);
    }
    await sameCallback((api, dir, cb) => {
      const controller = new AbortController();
      api.writeFile(`${dir}/new`, 'x', { signal: controller.signal }, (failed: NodeJS.ErrnoException) => {
        fs.rmSync(`${dir}/new`, { force: true }); // how much of it is there differs
        cb(failed?.name, failed?.code, failed?.cause);
      });
      controller.abort('because');
    });
  });

  test('never before the call has returned, and none of 300 is forgotten', async () => {
    const dir = tempDir();
    scene(dir);
    let returned = false;
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      for (let i = 0; i < 300; i++) {
        subjectFs.readFile(`${dir}/${i % 2 ? 'file' : 'missing'}`, () => {
          expect(returned).toBe(true);
          seen.push(i);
          if (seen.length === 300) resolve();
        });
      }
      returned = true;
    });
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  test('the ticks and microtasks of one callback have run when the next is called', async () => {
    const dir = tempDir();
    scene(dir);
    let open = 0;
    let most = 0;
    await new Promise<void>((resolve) => {
      let left = 50;
      for (let i = 0; i < 50; i++) {
        subjectFs.stat(`${dir}/file`, () => {
          open += 2;
          most = Math.max(most, open);
          process.nextTick(() => {
            open -= 1;
          });
          void Promise.resolve()
            .then(() => {})
            .then(() => {
              open -= 1;
            });
          left -= 1;
          if (left === 0) resolve();
        });
      }
    });
    expect(most).toBe(2);
  });

  test('a callback that throws is an uncaught exception, and the others are called all the same', async () => {
    const script = `
      const fs = require(process.env.FS_SPECIFIER);
      process.on('uncaughtException', (error, origin) => console.log(error.message, origin));
      process.on('unhandledRejection', () => console.log('unhandledRejection'));
      for (let i = 0; i < 3; i++) fs.stat('/', () => { throw new Error('of a value'); });
      for (let i = 0; i < 3; i++) fs.readFile('/no/such/file', () => { throw new Error('of an error'); });
      fs.read(98765, Buffer.alloc(1), () => { throw new Error('of an error'); });
      process.on('exit', () => console.log('end'));`;
    const { code, stdout, stderr } = await runChild(script);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trim().split('\n');
    expect(lines.pop()).toBe('end');
    expect(lines.sort()).toEqual([
      ...Array.from({ length: 3 }, () => 'of a value uncaughtException'),
      ...Array.from({ length: 4 }, () => 'of an error uncaughtException'),
    ]);
  });

  test.each<[string, string, string[]?]>([
    ['is frozen', 'Object.freeze(Error);'],
    ['is frozen with all intrinsics', '', ['--frozen-intrinsics']],
    ['has no stack to give', `Error.captureStackTrace = () => { throw new Error('not this one'); };`],
    ['has no limit', 'delete Error.stackTraceLimit;'],
  ])('a callback is told of a failure where Error %s', async (_what, change, flags = []) => {
    const script = `
      const fs = require(process.env.FS_SPECIFIER);
      const told = (name) => (error) => console.log(name, error.code, /\\n\\s+at /.test(error.stack ?? ''));
      process.on('unhandledRejection', (error) => console.log('unhandledRejection', error.message));
      ${change}
      fs.stat('/no/such', told('stat'));
      fs.readFile('/no/such', told('readFile'));
      fs.read(98765, Buffer.alloc(1), told('read'));
      fs.promises.stat('/no/such').catch((error) => console.log('promise', error.code));`;
    const { code, stdout } = await runChild(script, { flags });
    const lines = ['promise ENOENT', 'read EBADF false', 'readFile ENOENT false', 'stat ENOENT false'];
    expect({ code, lines: stdout.trim().split('\n').sort() }).toEqual({ code: 0, lines });
  });

  test('an uncaught throw ends the process with code 1 and shows where', async () => {
    const script = `require(process.env.FS_SPECIFIER).stat('/', function thrower() { throw new Error('not caught'); });`;
    const { code, stderr } = await runChild(script);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Error: not caught\n\s+at thrower/);
  });

  test('a process lives until its callbacks have been called', async () => {
    const script = `
      const fs = require(process.env.FS_SPECIFIER);
      fs.writeFile(process.env.DIR + '/file', 'x'.repeat(1 << 20), () =>
        fs.readFile(process.env.DIR + '/file', (error, data) => fs.unlink(process.env.DIR + '/file', () => console.log(data.length))));`;
    expect(await runChild(script, { dir: tempDir() })).toEqual({ code: 0, stdout: '1048576\n', stderr: '' });
  });

  test('in a worker, descriptors that are left open are closed at its end, and no others', async () => {
    const dir = tempDir();
    scene(dir);
    const script = `
      const fs = require('node:fs');
      const { Worker, isMainThread } = require('node:worker_threads');
      const count = () => fs.readdirSync('/proc/self/fd').filter((fd) => {
        try { return fs.readlinkSync('/proc/self/fd/' + fd).startsWith(process.env.DIR); } catch { return false; }
      }).length;
      const body = \`
        const fs = require(process.env.FS_SPECIFIER);
        const name = process.env.DIR + '/file';
        fs.open(name, (error, left) => fs.open(name, (error, closed) => fs.close(closed, () => {
          require('node:fs').openSync(name);
          fs.createReadStream(name).resume().on('close', () => require('node:worker_threads').parentPort.postMessage(left));
        })));\`;
      const worker = new Worker(body, { eval: true });
      worker.on('error', (error) => console.log(error));
      worker.on('exit', (code) => console.log(code, count()));`;
    expect(await runChild(script, { dir })).toEqual({ code: 0, stdout: '0 0\n', stderr: '' });
  });
});

describe('util.promisify', () => {
  test('gives what it gives of Node’s', async () => {
    const calls: [string, (api: AnyFs, dir: string, fd: number) => unknown][] = [
      ['stat', (api, dir) => util.promisify(api.stat)(`${dir}/file`)],
      ['stat of nothing', (api, dir) => util.promisify(api.stat)(`${dir}/missing`)],
      ['exists', (api, dir) => util.promisify(api.exists)(`${dir}/file`)],
      ['exists not', (api, dir) => util.promisify(api.exists)(`${dir}/missing`)],
      ['exists of a number', (api) => util.promisify(api.exists)(5)],
      ['read', (api, _dir, fd) => util.promisify(api.read)(fd, Buffer.alloc(5), 0, 5, 0)],
      ['write', (api, _dir, fd) => util.promisify(api.write)(fd, 'text')],
      ['readv', (api, _dir, fd) => util.promisify(api.readv)(fd, [Buffer.alloc(5)], 1)],
      ['writev', (api, _dir, fd) => util.promisify(api.writev)(fd, [Buffer.alloc(5)], 1)],
      ['read of nothing', (api) => util.promisify(api.read)(98_765, Buffer.alloc(5), 0, 5, 0)],
      ['readFile', (api, dir) => util.promisify(api.readFile)(`${dir}/file`, 'utf8')],
      ['mkdir', (api, dir) => util.promisify(api.mkdir)(`${dir}/a/b`, { recursive: true })],
      ['realpath.native', (api, dir) => util.promisify(api.realpath.native)(`${dir}/link`)],
      ['wrong arguments', (api) => util.promisify(api.stat)(5)],
    ];
    for (const [, call] of calls) {
      await sameOutcome(
        async (api, dir) => {
          const fd = fs.openSync(`${dir}/file`, 'r+');
          try {
            return await call(facesOf(api), dir, fd);
          } finally {
            fs.closeSync(fd);
          }
        },
        // Node's own errors of callbacks have no stack.
        { prepare: scene, foreignError: true },
      );
    }
  });

  test('finds the same on every function', () => {
    for (const name of Object.keys(fs)) {
      const theirs = Object.getOwnPropertyDescriptor(fs, name)?.value;
      if (typeof theirs !== 'function') continue;
      const ours = untyped(subjectFs)[name];
      const shape = (it: object) =>
        Reflect.ownKeys(it)
          .map((key) => [String(key), typeof untyped(it)[key]].join())
          .sort();
      expect([name, shape(ours)]).toEqual([name, shape(theirs)]);
    }
  });
});

describe('the promises of node:fs', () => {
  test('are those of fs/promises', () => {
    expect(subjectFs.promises).toBe(subjectName === 'node' ? require('node:fs/promises') : fsp);
  });
});
