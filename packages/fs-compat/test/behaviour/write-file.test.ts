// writeFile and appendFile leave on disk what the running Node leaves, and report what it reports.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { ENCODINGS } from '../support/encodings';
import {
  type FsPromises,
  fsp,
  mkfifo,
  pattern,
  runChild,
  sameError,
  sameOutcome,
  sameValue,
  sha1,
  shell,
  tempDir,
  untyped,
} from '../support/subject';

const K = 1024;
const M = K * K;
const with_ = (content: string | Buffer) => (dir: string) => fs.writeFileSync(`${dir}/file`, content);
const older = with_('older content, longer than most of what follows');
const write =
  (data: unknown, options?: unknown) =>
  (api: FsPromises, dir: string): unknown =>
    options === undefined
      ? untyped(api).writeFile(`${dir}/file`, data)
      : untyped(api).writeFile(`${dir}/file`, data, options);
const append =
  (data: unknown, options?: unknown) =>
  (api: FsPromises, dir: string): unknown =>
    options === undefined
      ? untyped(api).appendFile(`${dir}/file`, data)
      : untyped(api).appendFile(`${dir}/file`, data, options);

describe('strings', () => {
  const text = 'Grüße, 世界 𝄞 \0 end';

  test('writeFile of a string resolves with undefined and writes UTF-8', async () => {
    const dir = tempDir();
    expect(await fsp.writeFile(`${dir}/file`, text)).toBe(undefined);
    expect(fs.readFileSync(`${dir}/file`, 'utf8')).toBe(text);
  });

  test.each(ENCODINGS as BufferEncoding[])(
    'writeFile of a string in %s, given as a string and in options',
    async (encoding) => {
      const data =
        encoding === 'hex' ? 'deadBEEF00zz' : encoding.startsWith('base64') ? '8J2EniA-_w==' : text;
      await sameValue(write(data, encoding));
      await sameValue(write(data, { encoding }));
      await sameValue(write(data.repeat(20_000), encoding));
    },
  );

  test.each([null, undefined, '', {}, { encoding: null }, { encoding: '' }, { encoding: undefined }])(
    'writeFile with the options %j writes UTF-8',
    async (options) => {
      await sameValue((api, dir) => untyped(api).writeFile(`${dir}/file`, text, options));
    },
  );

  test('lone surrogates are written as Node writes them', async () => {
    await sameValue(write('\ud800'));
    await sameValue(write('a\udc00b\ud834'));
    await sameValue(write(`${'x'.repeat(70_000)}\ud800`));
    await sameValue(write('\ud800', 'utf16le'));
  });

  test.each([
    0,
    1,
    2,
    4095,
    4096,
    4097,
    16_383,
    16_384,
    65_535,
    65_536,
    65_537,
    300_000,
    512 * K,
    512 * K + 1,
  ])('a string of %i characters arrives whole, one-byte, two-byte and astral', async (length) => {
    for (const character of ['a', 'é', '€', '𝄞']) await sameValue(write(character.repeat(length)), older);
  });

  test('a string built of pieces and a slice of a string arrive whole', async () => {
    let rope = '';
    for (let i = 0; i < 5000; i++) rope += `piece ${i} €\n`;
    await sameValue(write(rope));
    await sameValue(write(rope.slice(100, 40_000)));
    await sameValue(write(Buffer.alloc(50_000, 'x').toString('latin1')));
  });
});

describe('views', () => {
  const bytes = pattern(64, 7);
  const memory = new ArrayBuffer(80);
  new Uint8Array(memory).set(bytes, 8);
  const types = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ];

  test.each(types.map((type) => [type.name, type] as const))(
    'writeFile of a %s writes exactly its window of memory',
    async (_name, Type) => {
      const view = new Type(memory, 8, 64 / Type.BYTES_PER_ELEMENT);
      await sameValue(write(view), older);
      const dir = tempDir();
      await fsp.writeFile(`${dir}/file`, view);
      expect(fs.readFileSync(`${dir}/file`).equals(bytes)).toBe(true);
    },
  );

  test('writeFile of a DataView writes exactly its window of memory', async () => {
    await sameValue(write(new DataView(memory, 9, 33)), older);
  });

  test('writeFile of a Buffer, of a slice and of a pooled Buffer', async () => {
    await sameValue(write(bytes), older);
    await sameValue(write(bytes.subarray(3, 21)), older);
    await sameValue(write(Buffer.from('from the pool')), older);
  });

  test('writeFile of a view of a SharedArrayBuffer', async () => {
    const shared = new SharedArrayBuffer(100);
    new Uint8Array(shared).set(bytes, 20);
    await sameValue(write(new Uint8Array(shared, 20, 64)), older);
    await sameValue(write(Buffer.from(shared, 20, 10)), older);
    await sameValue(write(new DataView(shared, 20, 11)), older);
  });

  test('a bare ArrayBuffer or SharedArrayBuffer is refused as Node refuses it', async () => {
    await sameError('ERR_INVALID_ARG_TYPE', write(new ArrayBuffer(8)), older);
    await sameError('ERR_INVALID_ARG_TYPE', write(new SharedArrayBuffer(8)), older);
  });

  test.each([1, 4095, 4096, 4097, 65_536, 512 * K - 1, 512 * K, 512 * K + 1, M + 1, 5 * M])(
    'writeFile of %i bytes',
    async (length) => {
      await sameValue(write(pattern(length, length)));
      await sameValue(write(pattern(length, length)), with_(pattern(length + 1000, 3)));
    },
  );

  test('writeFile of 40 MiB', async () => {
    const dir = tempDir();
    const data = pattern(40 * M, 40);
    await fsp.writeFile(`${dir}/file`, data);
    expect(sha1(fs.readFileSync(`${dir}/file`))).toBe(sha1(data));
  });
});

describe('iterables and streams', () => {
  const pieces = [
    'one ',
    Buffer.from('two '),
    new Uint16Array([0x2020, 0x3333]),
    'drei €',
    Buffer.alloc(70_000, 'z'),
  ];
  async function* late(items: unknown[]) {
    for (const item of items) {
      await new Promise((resolve) => setImmediate(resolve));
      yield item;
    }
  }

  test('writeFile of an array of strings and views', async () => {
    await sameValue(write(pieces), older);
  });

  test('writeFile of a generator', async () => {
    const call = (api: FsPromises, dir: string) =>
      untyped(api).writeFile(
        `${dir}/file`,
        (function* () {
          yield* pieces;
        })(),
      );
    await sameValue(call, older);
  });

  test('writeFile of an async generator', async () => {
    await sameValue((api, dir) => untyped(api).writeFile(`${dir}/file`, late(pieces)), older);
  });

  test('writeFile of a Readable', async () => {
    await sameValue(
      (api, dir) => api.writeFile(`${dir}/file`, Readable.from(['a', 'b', Buffer.from('c')])),
      older,
    );
    await sameValue((api, dir) => api.writeFile(`${dir}/file`, Readable.from([pattern(900_000)])), older);
  });

  test('writeFile of a file stream', async () => {
    await sameValue(
      (api, dir) => api.writeFile(`${dir}/copy`, fs.createReadStream(`${dir}/file`)),
      with_(pattern(300_000)),
    );
  });

  test('writeFile of a Set, a Map iterator and an iterable object', async () => {
    await sameValue(write(new Set(['x', 'y'])), older);
    await sameValue(
      (api, dir) => untyped(api).writeFile(`${dir}/file`, new Map([['k', 'v']]).values()),
      older,
    );
    const iterable = {
      *[Symbol.iterator]() {
        yield 'i';
      },
    };
    await sameValue(write(iterable), older);
  });

  test('the encoding counts for the strings of an iterable', async () => {
    await sameValue(write(['6162', '63'], 'hex'), older);
    await sameValue(write(['é', 'ü'], { encoding: 'latin1' }), older);
  });

  test('an iterable without items empties the file', async () => {
    await sameValue(write([]), older);
    await sameValue((api, dir) => untyped(api).writeFile(`${dir}/file`, late([])), older);
  });

  test('a large item of an iterable is written whole', async () => {
    await sameValue(write([pattern(2 * M, 8), 'tail']), older);
  });

  test('an iterable that throws leaves what it gave, and rejects with what it threw', async () => {
    const call = (api: FsPromises, dir: string) =>
      untyped(api).writeFile(
        `${dir}/file`,
        (function* () {
          yield 'first';
          throw new RangeError('no second');
        })(),
      );
    const { how, error } = await sameOutcome(call, older);
    expect([how, error?.message]).toEqual(['rejection', 'no second']);
  });

  test('a stream that fails rejects with its error', async () => {
    const call = (api: FsPromises, dir: string) => {
      let first = true;
      const stream = new Readable({
        read() {
          if (first) this.push('some');
          else this.destroy(Object.assign(new Error('broken'), { code: 'EBROKEN' }));
          first = false;
        },
      });
      return api.writeFile(`${dir}/file`, stream);
    };
    await sameError('EBROKEN', call, { prepare: older, foreignError: true });
  });

  test('an item of a wrong type rejects as Node does and keeps the items before it', async () => {
    await sameError('ERR_INVALID_ARG_TYPE', write(['first', 5, 'third']), older);
    await sameError('ERR_INVALID_ARG_TYPE', write([null]), older);
    await sameOutcome(write([{}]), older);
    await sameOutcome(write([[65, 66]]), older);
  });

  test('a generator is closed when its file cannot be opened, or never started, as in Node', async () => {
    const log: string[] = [];
    const call = (api: FsPromises, dir: string) =>
      untyped(api).writeFile(
        `${dir}/no/such/file`,
        (function* () {
          try {
            log.push('started');
            yield 'x';
          } finally {
            log.push('closed');
          }
        })(),
      );
    await sameError('ENOENT', call);
    expect(log.slice(0, log.length / 2)).toEqual(log.slice(log.length / 2));
  });
});

describe('what is left on disk', () => {
  test.each([0, 1, 10, 4096, 100_000])(
    'writeFile of %i bytes over a longer file leaves no stale tail',
    async (length) => {
      await sameValue(write(Buffer.alloc(length, 'n')), with_(Buffer.alloc(600_000, 'o')));
    },
  );

  test.each([1, 4096, 100_000])('writeFile of %i bytes over a shorter file', async (length) => {
    await sameValue(write(Buffer.alloc(length, 'n')), with_('o'));
  });

  test('writeFile over a file of the same length', async () => {
    await sameValue(write(Buffer.alloc(5000, 'n')), with_(Buffer.alloc(5000, 'o')));
  });

  test.each([
    ["''", ''],
    ['an empty Buffer', Buffer.alloc(0)],
    ['an empty view', new Float64Array(0)],
    ['[]', []],
  ])('writeFile of %s empties the file and moves its mtime', async (_name, data) => {
    await sameValue(write(data), older);
    const dir = tempDir();
    older(dir);
    fs.utimesSync(`${dir}/file`, 1, 1);
    await untyped(fsp).writeFile(`${dir}/file`, data);
    expect(fs.statSync(`${dir}/file`).size).toBe(0);
    expect(fs.statSync(`${dir}/file`).mtimeMs).toBeGreaterThan(1e12);
  });

  test('writeFile of nothing over an empty file moves its mtime', async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/file`, '');
    fs.utimesSync(`${dir}/file`, 1, 1);
    await fsp.writeFile(`${dir}/file`, '');
    expect(fs.statSync(`${dir}/file`).mtimeMs).toBeGreaterThan(1e12);
  });

  test('writeFile of nothing creates the file', async () => {
    await sameValue(write(''));
    await sameValue(write(Buffer.alloc(0)));
  });

  test('writeFile keeps the inode, the mode and other links of an existing file', async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/file`, 'old');
    fs.chmodSync(`${dir}/file`, 0o640);
    fs.linkSync(`${dir}/file`, `${dir}/second`);
    const { ino } = fs.statSync(`${dir}/file`);
    await fsp.writeFile(`${dir}/file`, 'new content', { mode: 0o777 });
    expect([fs.statSync(`${dir}/file`).ino, fs.statSync(`${dir}/file`).mode & 0o777]).toEqual([ino, 0o640]);
    expect(fs.readFileSync(`${dir}/second`, 'utf8')).toBe('new content');
  });

  test('writeFile through a symlink writes its target, and creates a target that is missing', async () => {
    await sameValue(write('through'), (dir) => fs.symlinkSync('target', `${dir}/file`));
    await sameValue(write('through'), (dir) => {
      fs.writeFileSync(`${dir}/target`, 'old and long');
      fs.symlinkSync(`target`, `${dir}/file`);
    });
  });

  test('writeFile of a sparse file leaves its new length only', async () => {
    await sameValue(write('short'), (dir) => {
      fs.writeFileSync(`${dir}/file`, '');
      fs.truncateSync(`${dir}/file`, 2 ** 32 + 5);
    });
  });
});

describe('modes', () => {
  test.each([0o666, 0o600, 0o777, 0o400, 0o000, 0o1644, 0o7777, '600', '0755'])(
    'a new file gets the mode %p less the umask',
    async (mode) => {
      for (const umask of [0o022, 0o077, 0o000]) {
        const before = process.umask(umask);
        try {
          await sameValue(write('x', { mode }));
          await sameValue(append('x', { mode }));
          await sameValue(write('x', { mode, flag: 'wx' }));
        } finally {
          process.umask(before);
        }
      }
    },
  );

  test('without a mode a new file gets 0o666 less the umask', async () => {
    const before = process.umask(0o002);
    try {
      await sameValue(write('x'));
      await sameValue(write('x', { mode: undefined }));
      await sameValue(write('x', { mode: null }));
    } finally {
      process.umask(before);
    }
  });
});

describe('flags', () => {
  const flags = ['w', 'wx', 'w+', 'wx+', 'a', 'ax', 'a+', 'ax+', 'r+', 'rs+', 'as', 'as+', 'r'];

  test.each(flags)('writeFile with the flag %s over an existing file', async (flag) => {
    await sameOutcome(write('new', { flag }), older);
    await sameOutcome(write(Buffer.from('new'), { flag }), older);
    await sameOutcome(write(['n', 'ew'], { flag }), older);
    await sameOutcome(write('', { flag }), older);
  });

  test.each(flags)('writeFile with the flag %s where there is no file', async (flag) => {
    await sameOutcome(write('new', { flag }));
    await sameOutcome(write('', { flag }));
  });

  const { O_WRONLY, O_RDWR, O_RDONLY, O_CREAT, O_TRUNC, O_EXCL, O_APPEND, O_SYNC, O_DSYNC } = fs.constants;
  test.each([
    ['O_WRONLY', O_WRONLY],
    ['O_RDWR', O_RDWR],
    ['O_RDONLY|O_CREAT', O_RDONLY | O_CREAT],
    ['O_WRONLY|O_CREAT', O_WRONLY | O_CREAT],
    ['O_WRONLY|O_TRUNC', O_WRONLY | O_TRUNC],
    ['O_WRONLY|O_CREAT|O_TRUNC', O_WRONLY | O_CREAT | O_TRUNC],
    ['O_WRONLY|O_CREAT|O_EXCL', O_WRONLY | O_CREAT | O_EXCL],
    ['O_WRONLY|O_APPEND', O_WRONLY | O_APPEND],
    ['O_WRONLY|O_CREAT|O_TRUNC|O_SYNC', O_WRONLY | O_CREAT | O_TRUNC | O_SYNC],
    ['O_WRONLY|O_DSYNC', O_WRONLY | O_DSYNC],
  ])('writeFile with the numeric flag %s', async (_name, flag) => {
    await sameOutcome(write('new', { flag }), older);
    await sameOutcome(write('new', { flag }));
  });

  test.each([0, null, undefined, ''])('the flag %p counts as none given', async (flag) => {
    await sameOutcome(write('new', { flag }), older);
    await sameOutcome(append('new', { flag }), older);
  });

  test('two exclusive writes of one new file: one wins, one gets EEXIST', async () => {
    const dir = tempDir();
    const results = await Promise.allSettled(
      ['a', 'b'].map((data) => fsp.writeFile(`${dir}/file`, data, { flag: 'wx' })),
    );
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = results.find((result) => result.status === 'rejected') as PromiseRejectedResult;
    expect(lost.reason.code).toBe('EEXIST');
    expect(fs.readFileSync(`${dir}/file`, 'utf8')).toBe(results[0]?.status === 'fulfilled' ? 'a' : 'b');
  });
});

describe('flush', () => {
  test.each([true, false, null, undefined])('writeFile with flush %p', async (flush) => {
    await sameValue(write('flushed', { flush }), older);
    await sameValue(write('', { flush }), older);
    await sameValue(write(['fl', 'ushed'], { flush }), older);
    await sameValue(append('flushed', { flush }), older);
    await sameValue(write(pattern(M + 3), { flush }), older);
  });

  test.each([1, 0, 'true', {}, [], Symbol('flush'), 5n])(
    'writeFile with flush %p rejects before touching the file',
    async (flush) => {
      await sameError('ERR_INVALID_ARG_TYPE', write('new', { flush }), older);
      await sameError('ERR_INVALID_ARG_TYPE', append('new', { flush }), older);
    },
  );

  test('writeFile with flush of something that cannot be flushed does what Node does', async () => {
    await sameOutcome((api) => untyped(api).writeFile('/dev/null', 'x', { flush: true }));
  });
});

describe('appendFile', () => {
  test.each([
    ['a string', ' more €'],
    ['a Buffer', Buffer.from(' more')],
    ['a view', new Uint32Array([1, 2, 3])],
    ['an array', [' m', Buffer.from('ore')]],
    ['nothing', ''],
  ])('appendFile of %s goes to the end, and creates what is missing', async (_name, data) => {
    await sameValue(append(data), older);
    await sameValue(append(data));
    await sameValue(append(data, 'utf16le'), older);
    await sameValue(append(data, { encoding: 'latin1', mode: 0o600 }));
  });

  test('appendFile with a flag of its own', async () => {
    await sameOutcome(append('new', { flag: 'w' }), older);
    await sameOutcome(append('new', { flag: 'ax' }), older);
    await sameOutcome(append('new', { flag: 'r+' }), older);
  });

  test('appendFile leaves the caller’s options as they were', async () => {
    const options = Object.freeze({ encoding: 'latin1' as const });
    await sameValue((api, dir) => api.appendFile(`${dir}/file`, 'é', options), older);
    expect(Object.keys(options)).toEqual(['encoding']);
  });

  test('100 appends in one tick all arrive whole', async () => {
    const dir = tempDir();
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}:${'x'.repeat(i * 30)}`);
    await Promise.all(lines.map((line) => fsp.appendFile(`${dir}/file`, `${line}\n`)));
    expect(fs.readFileSync(`${dir}/file`, 'utf8').trimEnd().split('\n').sort()).toEqual([...lines].sort());
  });

  test('appends that are awaited keep their order', async () => {
    const dir = tempDir();
    for (let i = 0; i < 50; i++) await fsp.appendFile(`${dir}/file`, `${i},`);
    expect(fs.readFileSync(`${dir}/file`, 'utf8')).toBe(
      Array.from({ length: 50 }, (_, i) => `${i},`).join(''),
    );
  });
});

describe('many at once', () => {
  test.each([10, 4096, 65_536, 500_000])(
    'concurrent writes of %i bytes to one path leave one of them whole',
    async (length) => {
      const dir = tempDir();
      for (let round = 0; round < 5; round++) {
        const all = Array.from({ length: 12 }, (_, i) => Buffer.alloc(length, 65 + i));
        await Promise.all(all.map((data) => fsp.writeFile(`${dir}/file`, data)));
        const left = fs.readFileSync(`${dir}/file`);
        expect(left.length).toBe(length);
        expect(all.some((data) => data.equals(left))).toBe(true);
      }
    },
  );

  test('500 concurrent writes of distinct files each write their own content', async () => {
    const dir = tempDir();
    const content = Array.from({ length: 500 }, (_, i) => pattern(i * 53, i + 1));
    await Promise.all(
      content.map((data, i) =>
        fsp.writeFile(`${dir}/${i}`, i % 2 ? data : data.toString('latin1'), 'latin1'),
      ),
    );
    for (const [i, data] of content.entries()) expect(fs.readFileSync(`${dir}/${i}`).equals(data)).toBe(true);
  });

  test('what was written is read back, stat included, call after call', async () => {
    const dir = tempDir();
    for (let i = 0; i < 60; i++) {
      const data = pattern((i * 7919) % 20_000, i);
      await fsp.writeFile(`${dir}/file`, data);
      expect((await fsp.stat(`${dir}/file`)).size).toBe(data.length);
      expect((await fsp.readFile(`${dir}/file`)).equals(data)).toBe(true);
    }
  });

  test('data that is changed after the call is written at its old or its new value, at the right length', async () => {
    const dir = tempDir();
    for (const length of [100, 100_000, 4 * M]) {
      const data = Buffer.alloc(length, 'o');
      const promise = fsp.writeFile(`${dir}/file`, data);
      data.fill('n');
      await promise;
      const left = fs.readFileSync(`${dir}/file`);
      expect(left.length).toBe(length);
      expect(left.every((byte) => byte === 110 || byte === 111)).toBe(true);
    }
  });
});

describe('errors', () => {
  const scene = (dir: string) => {
    fs.writeFileSync(`${dir}/file`, 'kept');
    fs.mkdirSync(`${dir}/folder`);
    fs.symlinkSync('loop', `${dir}/loop`);
  };
  const each: [string, string, string][] = [
    ['a folder', 'EISDIR', '/folder'],
    ['a folder with a trailing slash', 'EISDIR', '/folder/'],
    ['a missing folder', 'ENOENT', '/no/such/file'],
    ['a symlink loop', 'ELOOP', '/loop'],
    ['a path below a file', 'ENOTDIR', '/file/below'],
    ['a name of 256 bytes', 'ENAMETOOLONG', `/${'n'.repeat(256)}`],
    ['a path of 70000 bytes', 'ENAMETOOLONG', '/n'.repeat(35_000)],
  ];

  test.each(each)('writeFile to %s rejects with %s', async (_name, code, tail) => {
    for (const data of ['text', Buffer.from('bytes'), '', ['items']]) {
      await sameError(code, (api, dir) => untyped(api).writeFile(dir + tail, data), scene);
      await sameError(code, (api, dir) => untyped(api).appendFile(dir + tail, data), scene);
    }
    await sameError(code, (api, dir) => api.writeFile(dir + tail, 'x', { flush: true }), scene);
  });

  test.each(['/new/', '/file/', ''])(
    'writeFile to a path that ends like %j does what Node does',
    async (tail) => {
      await sameOutcome((api, dir) => api.writeFile(dir + tail, 'x'), scene);
    },
  );

  test('writeFile with wx of a file that is there rejects with EEXIST and keeps it', async () => {
    const error = await sameError('EEXIST', write('new', { flag: 'wx' }), scene);
    expect(error.syscall).toBe('open');
  });

  test.each([1, 5000, 700_000])(
    'writeFile of %i bytes to /dev/full rejects with ENOSPC naming write',
    async (length) => {
      for (const data of [Buffer.alloc(length, 'x'), 'x'.repeat(length), ['x'.repeat(length)]]) {
        const error = await sameError('ENOSPC', (api) => untyped(api).writeFile('/dev/full', data));
        expect(error.syscall).toBe('write');
        await sameError('ENOSPC', (api) => untyped(api).appendFile('/dev/full', data));
      }
    },
  );

  test('writeFile of nothing to /dev/full works', async () => {
    await sameValue((api) => api.writeFile('/dev/full', ''));
  });

  test('writeFile to /dev/null works, at any size', async () => {
    await sameValue((api) => api.writeFile('/dev/null', 'x'));
    await sameValue((api) => api.writeFile('/dev/null', pattern(2 * M)));
  });

  test('writeFile to a file of /proc that takes no such text rejects as in Node', async () => {
    await sameOutcome((api) => api.writeFile('/proc/self/oom_score_adj', 'words'));
    await sameOutcome((api) => api.writeFile('/proc/version', 'x'));
    await sameOutcome((api) => api.writeFile('/proc/no-such-file', 'x'));
  });

  test('writeFile to a running program rejects with ETXTBSY', async () => {
    const dir = tempDir();
    fs.copyFileSync('/bin/sleep', `${dir}/program`);
    fs.chmodSync(`${dir}/program`, 0o755);
    const size = fs.statSync(`${dir}/program`).size;
    const running = spawn(`${dir}/program`, ['30'], { stdio: 'ignore' });
    const ended = new Promise((resolve) => running.on('exit', resolve));
    try {
      await sameError('ETXTBSY', (api) => api.writeFile(`${dir}/program`, 'x'));
      expect(fs.statSync(`${dir}/program`).size).toBe(size);
    } finally {
      running.kill('SIGKILL');
      await ended;
    }
  });

  const wrong: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['a number', 42],
    ['NaN', Number.NaN],
    ['a bigint', 5n],
    ['true', true],
    ['a symbol', Symbol('data')],
    ['a function', () => 'x'],
    ['an object', { toString: () => 'x' }],
    ['a Promise', Promise.resolve('x')],
    ['a Date', new Date(0)],
    ['a RegExp', /x/],
    ['a String object', Object('x')],
    ['a URL', new URL('file:///x')],
  ];
  test.each(wrong)(
    'writeFile and appendFile of %s do what Node does, in its very words',
    async (_name, data) => {
      await sameOutcome(write(data), older);
      await sameOutcome(append(data), older);
      await sameOutcome((api, dir) => untyped(api).writeFile(`${dir}/no/such`, data));
    },
  );

  test('writeFile without data rejects', async () => {
    await sameError('ERR_INVALID_ARG_TYPE', (api, dir) => untyped(api).writeFile(`${dir}/file`), older);
    await sameError('ERR_INVALID_ARG_TYPE', (api) => untyped(api).writeFile());
  });

  test('a failed writeFile leaves no descriptor behind', async () => {
    const dir = tempDir();
    scene(dir);
    const open = () => fs.readdirSync('/proc/self/fd').length;
    const attempts = () =>
      [`${dir}/folder`, `${dir}/no/such`, '/dev/full', `${dir}/loop`].map((file) =>
        fsp.writeFile(file, 'x').catch(() => {}),
      );
    await Promise.all(attempts());
    const before = open();
    for (let i = 0; i < 20; i++) await Promise.all(attempts());
    expect(open()).toBeLessThanOrEqual(before);
  });

  test('a file-size limit is reported as EFBIG, with the bytes that fit left as Node leaves them', async () => {
    const dir = tempDir();
    const script = `
      process.on('SIGXFSZ', () => {});
      (async () => {
        const seen = [];
        for (const [api, name] of [[subject, 'ours'], [bare, 'theirs']]) {
          const file = process.env.DIR + '/' + name;
          const error = await api.writeFile(file, Buffer.alloc(200000, 'x')).then(() => 'none', (reason) => [reason.code, reason.syscall, reason.message]);
          seen.push(JSON.stringify([error, require('fs').statSync(file).size]));
        }
        require('fs').writeSync(1, seen.join('\\n'));
      })();`;
    fs.writeFileSync(
      `${dir}/script.js`,
      `const subject = require(process.env.SUBJECT_PATH); const bare = require('node:fs/promises'); ${script}`,
    );
    const { code, stdout, stderr } = await runChild(
      `const { execFileSync } = require('node:child_process');
       const SUBJECT_PATH = require.resolve(process.env.SUBJECT_SPECIFIER);
       process.stdout.write(execFileSync('sh', ['-c', 'ulimit -f 128; exec "$0" "$1"', process.execPath, process.env.DIR + '/script.js'], { env: { ...process.env, SUBJECT_PATH } }));`,
      { dir },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [ours, theirs] = stdout.split('\n');
    expect(ours).toBe(theirs);
    expect(ours).toContain('EFBIG');
  });
});

describe('FIFOs', () => {
  const scene = (dir: string) => void mkfifo(`${dir}/fifo`);

  test.each([5, 4096, 300_000])(
    'writeFile of %i bytes to a FIFO waits for a reader that comes late',
    async (length) => {
      const call = async (api: FsPromises, dir: string) => {
        const reader = shell('sleep 0.05; cat "$1" > "$2"', `${dir}/fifo`, `${dir}/out`);
        await api.writeFile(`${dir}/fifo`, pattern(length));
        await reader.done;
      };
      await sameValue(call, scene);
    },
  );

  test('writeFile to a FIFO whose reader leaves early rejects with EPIPE', async () => {
    const call = (api: FsPromises, dir: string) => {
      shell('head -c 10 "$1" > /dev/null', `${dir}/fifo`);
      return api.writeFile(`${dir}/fifo`, pattern(3 * M));
    };
    await sameError('EPIPE', call, scene);
  });

  test('regular files are written while a FIFO waits for its reader', async () => {
    const dir = tempDir();
    mkfifo(`${dir}/fifo`);
    let waiting = true;
    const slow = fsp.writeFile(`${dir}/fifo`, 'x').finally(() => {
      waiting = false;
    });
    for (let i = 0; i < 50; i++) await fsp.writeFile(`${dir}/file`, `quick ${i}`);
    expect(waiting).toBe(true);
    await shell('cat "$1" > /dev/null', `${dir}/fifo`).done;
    await slow;
  });
});

describe('paths', () => {
  test('writeFile takes a Buffer, a URL and a Buffer that is not UTF-8', async () => {
    await sameValue((api, dir) => api.writeFile(Buffer.from(`${dir}/buffer`), 'x'));
    await sameValue((api, dir) => api.writeFile(pathToFileURL(`${dir}/u r%l`), 'x'));
    await sameValue((api, dir) =>
      api.writeFile(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0x41])]), 'x'),
    );
    await sameValue((api, dir) =>
      api.appendFile(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xc0, 0x41])]), 'x'),
    );
  });

  test('a Buffer path that is changed after the call still names the old file', async () => {
    const dir = tempDir();
    const name = Buffer.from(`${dir}/before`);
    const promise = fsp.writeFile(name, 'x');
    name.write('/behind', dir.length);
    await promise;
    expect(fs.readdirSync(dir)).toEqual(['before']);
  });

  test('writeFile of a relative path', async () => {
    const start = process.cwd();
    const dir = tempDir();
    process.chdir(dir);
    try {
      await fsp.writeFile('here', 'x');
    } finally {
      process.chdir(start);
    }
    expect(fs.readdirSync(dir)).toEqual(['here']);
  });
});

describe('on a FileHandle', () => {
  test('writeFile and appendFile take a FileHandle, write at its position and do not close it', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`, 'r+');
      await api.writeFile(handle, 'one');
      await api.appendFile(handle, 'two');
      await api.writeFile(handle, Buffer.from('three'));
      await api.writeFile(handle, ['fo', 'ur']);
      const { fd } = handle;
      await handle.close();
      return fd > 0;
    };
    expect(await sameValue(call, older)).toBe(true);
  });
});
