// open gives a FileHandle of the running Node's own kind, and its methods do what the running Node's do.
import * as fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import * as util from 'node:util';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
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

const TEXT = '0123456789abcdefghijklmnopqrstuvwxyz';
const scene = (dir: string) => fs.writeFileSync(`${dir}/file`, TEXT);

/** A call on a handle that is opened before and closed after, on both sides. */
const on =
  // biome-ignore lint/suspicious/noExplicitAny: most calls here are wrong on purpose
  (flags: string | number, work: (handle: any, dir: string) => unknown) => (api: FsPromises, dir: string) =>
    withHandle(api, `${dir}/file`, flags, (handle) => work(handle, dir));

const makeFile = (content: string | Buffer = TEXT): string => {
  const file = `${tempDir()}/file`;
  fs.writeFileSync(file, content);
  return file;
};

describe('open', () => {
  const flags = [
    'r',
    'r+',
    'rs',
    'sr',
    'rs+',
    'sr+',
    'w',
    'wx',
    'xw',
    'w+',
    'wx+',
    'xw+',
    'a',
    'ax',
    'xa',
    'as',
    'sa',
    'a+',
    'ax+',
    'xa+',
    'as+',
    'sa+',
  ];

  test.each(flags)('open with the flag %s: what can be read, written, and what is left', async (flag) => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`, flag);
      const outcomes = [];
      outcomes.push(await handle.write('W').catch((error) => [error.code, error.syscall]));
      outcomes.push(
        await handle.read(Buffer.alloc(3), 0, 3, 0).catch((error) => [error.code, error.syscall]),
      );
      await handle.close();
      return outcomes;
    };
    await sameOutcome(call, scene);
    await sameOutcome(call);
  });

  test('open without flags reads', async () => {
    await sameValue((api, dir) => api.open(`${dir}/file`).then((h) => h.close()), scene);
    await sameValue(
      (api, dir) =>
        untyped(api)
          .open(`${dir}/file`, undefined)
          .then((h: FileHandle) => h.close()),
      scene,
    );
    await sameValue(
      (api, dir) =>
        untyped(api)
          .open(`${dir}/file`, null)
          .then((h: FileHandle) => h.close()),
      scene,
    );
  });

  test.each([0o600, 0o777, 0o000, '640', '0600', undefined, null])(
    'open of a new file with the mode %p',
    async (mode) => {
      const before = process.umask(0o022);
      try {
        await sameValue((api, dir) =>
          untyped(api)
            .open(`${dir}/new`, 'w', mode)
            .then((h: FileHandle) => h.close()),
        );
      } finally {
        process.umask(before);
      }
    },
  );

  test.each([
    ['a missing file', 'ENOENT', 'missing', 'r'],
    ['a missing file for update', 'ENOENT', 'missing', 'r+'],
    ['a missing folder', 'ENOENT', 'no/such', 'w'],
    ['a file that must be new', 'EEXIST', 'file', 'wx'],
    ['a folder for writing', 'EISDIR', 'folder', 'w'],
    ['a folder for update', 'EISDIR', 'folder', 'r+'],
    ['a path below a file', 'ENOTDIR', 'file/x', 'r'],
    ['a loop', 'ELOOP', 'loop', 'r'],
    ['a name of 256 bytes', 'ENAMETOOLONG', 'n'.repeat(256), 'w'],
    ['a path of 70000 bytes', 'ENAMETOOLONG', 'n/'.repeat(35_000), 'w'],
  ])('open of %s rejects with %s', async (_name, code, tail, flag) => {
    const error = await sameError(
      code,
      (api, dir) => api.open(`${dir}/${tail}`, flag),
      (dir) => {
        scene(dir);
        fs.mkdirSync(`${dir}/folder`);
        fs.symlinkSync('loop', `${dir}/loop`);
      },
    );
    expect(error.syscall).toBe('open');
  });

  test('a folder can be opened for reading, its read rejects with EISDIR', async () => {
    await sameError('EISDIR', (api, dir) =>
      withHandle(api, dir, 'r', (handle) => handle.read(Buffer.alloc(1))),
    );
    await sameError('EISDIR', (api, dir) => withHandle(api, dir, 'r', (handle) => handle.readFile()));
    await sameOutcome((api, dir) => withHandle(api, dir, 'r', (handle) => handle.sync()));
    await sameOutcome((api, dir) => withHandle(api, dir, 'r', (handle) => handle.stat()));
  });

  test('open takes Buffer paths, URLs and numeric flags', async () => {
    const { O_RDWR, O_CREAT, O_EXCL, O_DIRECTORY } = fs.constants;
    await sameValue(
      (api, dir) => withHandle(api, Buffer.from(`${dir}/file`), 'r', (h) => h.readFile('utf8')),
      scene,
    );
    await sameValue(
      (api, dir) => withHandle(api, pathToFileURL(`${dir}/file`), 'r', (h) => h.readFile('utf8')),
      scene,
    );
    await sameValue((api, dir) =>
      withHandle(api, `${dir}/n`, O_RDWR | O_CREAT | O_EXCL, (h) => h.write('x'), 0o600),
    );
    await sameError('ENOTDIR', (api, dir) => api.open(`${dir}/file`, O_DIRECTORY), scene);
    const odd = (dir: string) => Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff])]);
    await sameValue((api, dir) => withHandle(api, odd(dir), 'w', (h) => h.write('x')));
  });

  test('descriptors are not inherited by children', async () => {
    await withHandle(fsp, makeFile(), 'r', (handle) => {
      const flags = /flags:\s+(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${handle.fd}`, 'utf8'))?.[1];
      expect(Number.parseInt(flags ?? '0', 8) & 0o2000000).toBe(0o2000000);
    });
  });

  test('100 handles opened at once have 100 descriptors, each of its own file', async () => {
    const dir = tempDir();
    for (let i = 0; i < 100; i++) fs.writeFileSync(`${dir}/${i}`, `content ${i}`);
    const handles = await Promise.all(Array.from({ length: 100 }, (_, i) => fsp.open(`${dir}/${i}`)));
    expect(new Set(handles.map((handle) => handle.fd)).size).toBe(100);
    const contents = await Promise.all(handles.map((handle) => handle.readFile('utf8')));
    expect(contents).toEqual(Array.from({ length: 100 }, (_, i) => `content ${i}`));
    await Promise.all(handles.map((handle) => handle.close()));
  });
});

describe('read', () => {
  test.each<[string, unknown[]]>([
    ['(buffer, offset, length, position)', [2, 5, 10]],
    ['(buffer, offset, length, null)', [2, 5, null]],
    ['(buffer, offset, length)', [2, 5]],
    ['(buffer, offset)', [2]],
    ['(buffer)', []],
    ['(buffer, null, null, null)', [null, null, null]],
    ['(buffer, undefined, undefined, undefined)', [undefined, undefined, undefined]],
    ['(buffer, 0, length, -1)', [0, 5, -1]],
    ['(buffer, 0, length, 0)', [0, 5, 0]],
    ['(buffer, 0, length, 10n)', [0, 5, 10n]],
    ['(buffer, 0, length, -1n)', [0, 5, -1n]],
    ['(buffer, 0, 0)', [0, 0]],
    ['(buffer, {})', [{}]],
    ['(buffer, null)', [null]],
    ['(buffer, { offset })', [{ offset: 3 }]],
    ['(buffer, { length })', [{ length: 4 }]],
    ['(buffer, { position })', [{ position: 7 }]],
    ['(buffer, { position: 7n })', [{ position: 7n }]],
    ['(buffer, { offset, length, position })', [{ offset: 3, length: 4, position: 7 }]],
    [
      '(buffer, { offset: null, length: null, position: null })',
      [{ offset: null, length: null, position: null }],
    ],
  ])('read%s', async (_name, rest) => {
    await sameOutcome(
      on('r', (handle) => handle.read(Buffer.alloc(16, '.'), ...rest)),
      scene,
    );
    await sameOutcome(
      on('r', (handle) => handle.read(new Uint16Array(8), ...rest)),
      scene,
    );
  });

  test.each<[string, unknown[]]>([
    ['()', []],
    ['(undefined)', [undefined]],
    ['(null)', [null]],
    ['({})', [{}]],
    ['({ buffer })', [{ buffer: Buffer.alloc(9) }]],
    ['({ buffer, offset })', [{ buffer: Buffer.alloc(9), offset: 4 }]],
    [
      '({ buffer, offset, length, position })',
      [{ buffer: Buffer.alloc(9), offset: 1, length: 3, position: 20 }],
    ],
    ['({ buffer, position: 3n })', [{ buffer: Buffer.alloc(9), position: 3n }]],
    ['({ position })', [{ position: 30 }]],
    ['({ length })', [{ length: 5 }]],
    ['({ buffer: DataView })', [{ buffer: new DataView(new ArrayBuffer(12), 2, 7) }]],
    ['({ buffer: Float64Array })', [{ buffer: new Float64Array(3) }]],
    ['({ buffer: null })', [{ buffer: null }]],
    ["({ buffer: 'text' })", [{ buffer: 'text' }]],
  ])('read%s', async (_name, args) => {
    await sameOutcome(
      on('r', (handle) => handle.read(...args)),
      scene,
    );
  });

  test('read resolves with the very buffer it was given', async () => {
    await withHandle(fsp, makeFile(), 'r', async (handle) => {
      const buffer = new Uint8Array(4);
      const result = await handle.read(buffer, 0, 4, 0);
      expect(result.buffer).toBe(buffer);
      expect(Object.getPrototypeOf(result)).toBe(null);
      expect(Object.keys(result)).toEqual(['bytesRead', 'buffer']);
    });
  });

  test('read touches only its window of the buffer', async () => {
    const buffer = Buffer.alloc(40, '.');
    await withHandle(fsp, makeFile(), 'r', (handle) => handle.read(buffer.subarray(10, 30), 5, 6, 10));
    expect(buffer.toString()).toBe(`${'.'.repeat(15)}abcdef${'.'.repeat(19)}`);
  });

  test('read without a position goes on where the last one stopped', async () => {
    const call = on('r', async (handle) => {
      const seen = [];
      for (const length of [3, 1, 10, 7, 100, 5]) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, null);
        seen.push([bytesRead, buffer.toString()]);
      }
      return seen;
    });
    await sameValue(call, scene);
  });

  test('read with a position does not move the implicit one', async () => {
    const call = on('r', async (handle) => {
      const seen = [];
      for (const position of [null, 20, null, 0, null]) {
        seen.push((await handle.read(Buffer.alloc(4), 0, 4, position)).buffer.toString());
      }
      return seen;
    });
    expect(((await sameValue(call, scene)) as string[]).join()).toBe('0123,klmn,4567,0123,89ab');
  });

  test.each([35, 36, 37, 1000, 2 ** 31, 2 ** 32 + 1, 2 ** 40, Number.MAX_SAFE_INTEGER])(
    'read at the position %i',
    async (position) => {
      await sameOutcome(
        on('r', (handle) => handle.read(Buffer.alloc(8), 0, 8, position)),
        scene,
      );
      await sameOutcome(
        on('r', (handle) => handle.read(Buffer.alloc(8), 0, 8, BigInt(position))),
        scene,
      );
    },
  );

  test('read beyond 4 GiB of a sparse file gives what was written there', async () => {
    const call = on('r+', async (handle) => {
      await handle.write('far away', 2 ** 32 + 7);
      return handle.read(Buffer.alloc(20), 0, 20, 2 ** 32 + 5);
    });
    await sameValue(call, scene);
  });

  test.each<[string, unknown[]]>([
    ['a negative offset', [-1, 4, 0]],
    ['an offset beyond the buffer', [17, 1, 0]],
    ['an offset at the end of the buffer', [16, 1, 0]],
    ['an offset at the end and no length', [16]],
    ['a fractional offset', [1.5, 4, 0]],
    ['a string offset', ['1', 4, 0]],
    ['NaN as offset', [Number.NaN, 4, 0]],
    ['a bigint offset', [1n, 4, 0]],
    ['a length beyond the buffer', [0, 17, 0]],
    ['offset and length beyond the buffer', [10, 7, 0]],
    ['a negative length', [0, -1, 0]],
    ['a length of 2^31', [0, 2 ** 31, 0]],
    ['a length of 2^32', [0, 2 ** 32, 0]],
    ['a position of -2', [0, 4, -2]],
    ['a fractional position', [0, 4, 1.5]],
    ['a string position', [0, 4, '7']],
    ['NaN as position', [0, 4, Number.NaN]],
    ['Infinity as position', [0, 4, Number.POSITIVE_INFINITY]],
    ['an object as position', [0, 4, {}]],
    ['a position of 2^53', [0, 4, 2 ** 53]],
    ['a position of 2^63-1 as bigint', [0, 4, 2n ** 63n - 1n]],
    ['a position of 2^63 as bigint', [0, 4, 2n ** 63n]],
    ['a position of -2 as bigint', [0, 4, -2n]],
    ['true as offset', [true]],
    ['a function as offset', [() => {}]],
    ['an array as offset', [[]]],
  ])('read with %s does what the running Node does', async (_name, rest) => {
    await sameOutcome(
      on('r', (handle) => handle.read(Buffer.alloc(16, '.'), ...rest)),
      scene,
    );
  });

  // Bare Node 20 to 24 abort the process here; Node 26 takes the length as `length | 0`.
  const oddLengths: [string, unknown][] = [
    ['2.5', 2.5],
    ["'4'", '4'],
    ['NaN', Number.NaN],
    ['true', true],
    ['an object', {}],
  ];
  for (const [name, length] of oddLengths) {
    testBeyondNode(
      `read with ${name} as length settles, touches no byte outside, and the process lives`,
      async () => {
        await withHandle(fsp, makeFile(), 'r', async (handle) => {
          const buffer = Buffer.alloc(16, '.');
          await untyped(handle)
            .read(buffer.subarray(4, 12), 0, length, 0)
            .catch(() => {});
          expect([buffer.toString('latin1', 0, 4), buffer.toString('latin1', 12)]).toEqual(['....', '....']);
          expect((await handle.read(buffer, 0, 4, 0)).bytesRead).toBe(4);
        });
      },
    );
  }

  test.each([
    null,
    undefined,
    5,
    'text',
    true,
    Symbol('buffer'),
    [],
    [1, 2],
    new ArrayBuffer(4),
    () => {},
    5n,
  ])('read into %p does what the running Node does', async (buffer) => {
    await sameOutcome(
      on('r', (handle) => handle.read(buffer, 0, 4, 0)),
      scene,
    );
    await sameOutcome(
      on('r', (handle) => handle.read(buffer)),
      scene,
    );
  });

  test('read into an empty buffer does what the running Node does', async () => {
    await sameOutcome(
      on('r', (handle) => handle.read(Buffer.alloc(0))),
      scene,
    );
    await sameOutcome(
      on('r', (handle) => handle.read(Buffer.alloc(0), 0, 0, 0)),
      scene,
    );
    await sameOutcome(
      on('r', (handle) => handle.read(Buffer.alloc(0), 0, 1, 0)),
      scene,
    );
    await sameOutcome(
      on('r', (handle) => handle.read({ buffer: new Uint8Array(0) })),
      scene,
    );
  });

  test('read of a handle opened for writing rejects with EBADF', async () => {
    const error = await sameError(
      'EBADF',
      on('a', (handle) => handle.read(Buffer.alloc(4))),
      scene,
    );
    expect(error.syscall).toBe('read');
  });

  test('read of a FIFO gives what is there, then the end', async () => {
    const call = (api: FsPromises, dir: string) => {
      const writer = shell('printf "some bytes" > "$1"', `${dir}/fifo`);
      return withHandle(api, `${dir}/fifo`, 'r', async (handle) => {
        await writer.done;
        const first = await handle.read(Buffer.alloc(4), 0, 4, null);
        const second = await handle.read(Buffer.alloc(40), 0, 40, null);
        const third = await handle.read(Buffer.alloc(40), 0, 40, null);
        return [first, second, third];
      });
    };
    await sameValue(call, (dir) => void mkfifo(`${dir}/fifo`));
    await sameError(
      'ESPIPE',
      (api, dir) => {
        shell('printf x > "$1"', `${dir}/fifo`);
        return withHandle(api, `${dir}/fifo`, 'r', (handle) => handle.read(Buffer.alloc(4), 0, 4, 5));
      },
      (dir) => void mkfifo(`${dir}/fifo`),
    );
  });

  test.each([4 * 1024, 300_000, 5 << 20])('read of %i bytes in one call gives all of them', async (size) => {
    const content = pattern(size);
    await withHandle(fsp, makeFile(content), 'r', async (handle) => {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(size + 10), 0, size + 10, 0);
      expect(bytesRead).toBe(size);
      expect(buffer.subarray(0, size).equals(content)).toBe(true);
    });
  });

  test('200 reads at positions, all in flight, each get their own bytes', async () => {
    const content = pattern(200 * 1000);
    await withHandle(fsp, makeFile(content), 'r', async (handle) => {
      const reads = Array.from({ length: 200 }, (_, i) => handle.read(Buffer.alloc(1000), 0, 1000, i * 1000));
      (await Promise.all(reads)).forEach(({ bytesRead, buffer }, i) => {
        expect(bytesRead).toBe(1000);
        expect(buffer.equals(content.subarray(i * 1000, i * 1000 + 1000))).toBe(true);
      });
    });
  });

  testBeyondNode('reads without a position that are not awaited keep their order', async () => {
    const content = pattern(64 * 500);
    await withHandle(fsp, makeFile(content), 'r', async (handle) => {
      const results = await Promise.all(
        Array.from({ length: 64 }, () => handle.read(Buffer.alloc(500), 0, 500, null)),
      );
      expect(Buffer.concat(results.map(({ buffer }) => buffer)).equals(content)).toBe(true);
    });
  });
});

describe('write', () => {
  test.each<[string, unknown[]]>([
    ['(buffer, offset, length, position)', [2, 5, 10]],
    ['(buffer, offset, length, null)', [2, 5, null]],
    ['(buffer, offset, length)', [2, 5]],
    ['(buffer, offset)', [2]],
    ['(buffer)', []],
    ['(buffer, null, null, null)', [null, null, null]],
    ['(buffer, 0, length, 0)', [0, 5, 0]],
    ['(buffer, 0, 0, 0)', [0, 0, 0]],
    ['(buffer, {})', [{}]],
    ['(buffer, { offset, length, position })', [{ offset: 3, length: 4, position: 7 }]],
    [
      '(buffer, { offset: null, length: null, position: null })',
      [{ offset: null, length: null, position: null }],
    ],
    ['(buffer, { position: 50 })', [{ position: 50 }]],
  ])('write%s', async (_name, rest) => {
    await sameOutcome(
      on('r+', (handle) => handle.write(Buffer.from('ABCDEFGHIJKLMNOP'), ...rest)),
      scene,
    );
    await sameOutcome(
      on('r+', (handle) => handle.write(new Uint16Array([1, 2, 3, 4, 5, 6, 7, 8]), ...rest)),
      scene,
    );
    await sameOutcome(
      on('a', (handle) => handle.write(Buffer.from('ABCDEFGHIJKLMNOP'), ...rest)),
      scene,
    );
  });

  test.each<[string, unknown[]]>([
    ["('text')", ['tëxt €']],
    ["('text', null)", ['tëxt', null]],
    ["('text', position)", ['tëxt', 7]],
    ["('text', position, 'latin1')", ['tëxt', 7, 'latin1']],
    ["('text', null, 'utf16le')", ['tëxt', null, 'utf16le']],
    ["('hex', 0, 'hex')", ['deadbeef', 0, 'hex']],
    ["('base64', undefined, 'base64')", ['8J2Eng==', undefined, 'base64']],
    ["('')", ['']],
    ["('', 40)", ['', 40]],
    ["('text', 2 ** 32)", ['far', 2 ** 32]],
    ["('text', 5n)", ['text', 5n]],
    ["('text', 1.5)", ['text', 1.5]],
    ["('text', -1)", ['text', -1]],
    ["('text', '3')", ['text', '3']],
    ["('text', 0, 'no-such-encoding')", ['text', 0, 'no-such-encoding']],
    ["('abc', 0, 'hex')", ['abc', 0, 'hex']],
    ['(lone surrogate)', ['\ud800']],
  ])('write%s', async (_name, args) => {
    await sameOutcome(
      on('r+', (handle) => handle.write(...args)),
      scene,
    );
  });

  test.each([
    undefined,
    null,
    5,
    true,
    {},
    [],
    new Date(0),
    Symbol('x'),
    5n,
    () => 'x',
    new String('boxed'),
    { toString: () => 'x' },
    new ArrayBuffer(3),
  ])('write of %p does what the running Node does', async (data) => {
    await sameOutcome(
      on('r+', (handle) => handle.write(data)),
      scene,
    );
    await sameOutcome(
      on('r+', (handle) => handle.write(data, 0, 1, 0)),
      scene,
    );
  });

  test.each<[string, unknown[]]>([
    ['a negative offset', [-1, 4, 0]],
    ['an offset beyond the buffer', [17, 1, 0]],
    ['an offset at the end', [16]],
    ['a fractional offset', [1.5, 4, 0]],
    ['a string offset', ['1', 4, 0]],
    ['a length beyond the buffer', [0, 17, 0]],
    ['offset and length beyond the buffer', [10, 7, 0]],
    ['a negative length', [0, -1, 0]],
    ['a string length', [0, '4', 0]],
    ['a fractional length', [0, 2.5, 0]],
    ['a position of -2', [0, 4, -2]],
    ['a string position', [0, 4, '7']],
    ['a bigint position', [0, 4, 7n]],
    ['a fractional position', [0, 4, 1.5]],
    ['NaN as position', [0, 4, Number.NaN]],
    ['a position of 2^53', [0, 4, 2 ** 53]],
  ])('write with %s does what the running Node does', async (_name, rest) => {
    await sameOutcome(
      on('r+', (handle) => handle.write(Buffer.alloc(16, 'N'), ...rest)),
      scene,
    );
  });

  test('write of nothing resolves at once with 0', async () => {
    await sameValue(
      on('r+', (handle) => handle.write(Buffer.alloc(0))),
      scene,
    );
    await sameValue(
      on('r', (handle) => handle.write(new Uint8Array(0), 5, 9, 3)),
      scene,
    );
  });

  test('write resolves with the very data it was given', async () => {
    await withHandle(fsp, makeFile(), 'r+', async (handle) => {
      const buffer = Buffer.from('data');
      const result = await handle.write(buffer);
      expect(result.buffer).toBe(buffer);
      expect([Object.getPrototypeOf(result), Object.keys(result)]).toEqual([
        null,
        ['bytesWritten', 'buffer'],
      ]);
      expect((await handle.write('text')).buffer).toBe('text');
    });
  });

  test('write without a position goes on where the last one stopped', async () => {
    const call = on('r+', async (handle) => {
      await handle.write('one ');
      await handle.write(Buffer.from('two '));
      await handle.write('far', 30);
      await handle.write('three ');
      return handle.read(Buffer.alloc(6), 0, 6, null);
    });
    await sameValue(call, scene);
  });

  test('write to a handle opened for appending goes to the end, whatever the position', async () => {
    await sameValue(
      on('a', (handle) => handle.write('end', 0)),
      scene,
    );
    await sameValue(
      on('a+', (handle) => handle.write(Buffer.from('end'), 0, 3, 1)),
      scene,
    );
  });

  test('readFile of an empty file through a handle that may be neither read nor written rejects with EBADF', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`, 3); // O_ACCMODE
      try {
        return await handle.readFile();
      } finally {
        await handle.close();
      }
    };
    await sameError('EBADF', call, (dir) => fs.writeFileSync(`${dir}/file`, ''));
  });

  test('write to a handle opened for reading rejects with EBADF', async () => {
    const error = await sameError(
      'EBADF',
      on('r', (handle) => handle.write('x')),
      scene,
    );
    expect(error.syscall).toBe('write');
    await sameError(
      'EBADF',
      on('r', (handle) => handle.write(Buffer.from('x'), 0, 1, 0)),
      scene,
    );
  });

  test('write to /dev/full rejects with ENOSPC', async () => {
    await sameError('ENOSPC', (api) => withHandle(api, '/dev/full', 'w', (handle) => handle.write('x')));
    await sameError('ENOSPC', (api) =>
      withHandle(api, '/dev/full', 'w', (handle) => handle.write(pattern(2 << 20))),
    );
  });

  test('write of 5 MiB in one call writes all of it', async () => {
    const file = makeFile('');
    const data = pattern(5 << 20);
    const { bytesWritten } = await withHandle(fsp, file, 'w', (handle) => handle.write(data));
    expect(bytesWritten).toBe(data.length);
    expect(fs.readFileSync(file).equals(data)).toBe(true);
  });

  test('200 writes at positions, all in flight, each land in their own place', async () => {
    const file = makeFile('');
    const content = pattern(200 * 700);
    await withHandle(fsp, file, 'r+', (handle) =>
      Promise.all(Array.from({ length: 200 }, (_, i) => handle.write(content, i * 700, 700, i * 700))),
    );
    expect(fs.readFileSync(file).equals(content)).toBe(true);
  });

  testBeyondNode('writes without a position that are not awaited keep their order', async () => {
    const file = makeFile('');
    const pieces = Array.from({ length: 64 }, (_, i) => `piece ${i} ${'x'.repeat(i * 11)}\n`);
    await withHandle(fsp, file, 'w', (handle) =>
      Promise.all(pieces.map((piece, i) => handle.write(i % 2 ? piece : (Buffer.from(piece) as never)))),
    );
    expect(fs.readFileSync(file, 'utf8')).toBe(pieces.join(''));
  });
});

describe('readv and writev', () => {
  const views = () => [
    Buffer.alloc(3, 'a'),
    new Uint16Array([0x4142, 0x4344]),
    new DataView(new ArrayBuffer(8), 1, 5),
  ];
  const vectors: [string, () => unknown[]][] = [
    ['(views)', () => [views()]],
    ['(views, 5)', () => [views(), 5]],
    ['(views, 0)', () => [views(), 0]],
    ['(views, null)', () => [views(), null]],
    ['(views, 5n)', () => [views(), 5n]],
    ["(views, '5')", () => [views(), '5']],
    ['(views, {})', () => [views(), {}]],
    ['(views, -1)', () => [views(), -1]],
    ['(views, 1.5)', () => [views(), 1.5]],
    ['(views, NaN)', () => [views(), Number.NaN]],
    ['(views, 100)', () => [views(), 100]],
    ['([view])', () => [[Buffer.alloc(20, 'b')]]],
    ['([view], 30)', () => [[Buffer.alloc(20, 'b')], 30]],
    ['([])', () => [[]]],
    ['([empty])', () => [[Buffer.alloc(0)]]],
    ['([empty, view, empty])', () => [[Buffer.alloc(0), Buffer.alloc(4, 'c'), Buffer.alloc(0)]]],
    ["(['text'])", () => [['text']]],
    ['([view, 5])', () => [[Buffer.alloc(2), 5]]],
    ['(view)', () => [Buffer.alloc(2)]],
    ['()', () => []],
    ['(null)', () => [null]],
    ['(shared memory)', () => [[new Uint8Array(new SharedArrayBuffer(4)), Buffer.alloc(2)]]],
    ['(1500 views)', () => [Array.from({ length: 1500 }, () => Buffer.alloc(1, 'd'))]],
    ['(30 views of 50000)', () => [Array.from({ length: 30 }, (_, i) => Buffer.alloc(50_000, i))]],
  ];
  test.each(vectors)('readv%s, and what a read gives after it', async (_name, args) => {
    const call = async (handle: FileHandle) => [
      await untyped(handle)
        .readv(...args())
        .catch((error: unknown) => error),
      await handle.read(Buffer.alloc(4)).catch((error: unknown) => error),
    ];
    await sameOutcome(on('r', call), scene);
    await sameOutcome(on('a', call), scene);
  });

  test.each(vectors)('writev%s, and where a write goes after it', async (_name, args) => {
    const call = async (handle: FileHandle) => [
      await untyped(handle)
        .writev(...args())
        .catch((error: unknown) => error),
      await handle.write('.').catch((error: unknown) => error),
    ];
    for (const flags of ['r+', 'a', 'r']) await sameOutcome(on(flags, call), scene);
  });

  test('readv and writev resolve with the very views they were given, which hold the bytes', async () => {
    await withHandle(fsp, makeFile(), 'r+', async (handle) => {
      const buffers = [Buffer.alloc(3), new Uint8Array(4)];
      const read = await handle.readv(buffers, 1);
      expect(read.buffers).toBe(buffers);
      expect([read.bytesRead, String(buffers[0]), Buffer.from(buffers[1] as Uint8Array).toString()]).toEqual([
        7,
        '123',
        '4567',
      ]);
      expect((await handle.writev(buffers, 0)).buffers).toBe(buffers);
    });
  });

  testBeyondNode('with reads and writes without a position, not awaited, they keep their order', async () => {
    await withHandle(fsp, makeFile(''), 'w+', async (handle) => {
      const all: Promise<unknown>[] = [];
      for (let i = 0; i < 30; i++) {
        all.push(handle.write(`${i},`));
        all.push(handle.writev([Buffer.from(`${i}`), Buffer.from(';')]));
      }
      await Promise.all(all);
      expect((await handle.read(Buffer.alloc(1000), 0, 1000, 0)).buffer.toString().replaceAll('\0', '')).toBe(
        Array.from({ length: 30 }, (_, i) => `${i},${i};`).join(''),
      );
    });
  });

  testBeyondNode('a view that is detached in flight ends what is read', async () => {
    const file = makeFile(pattern(100_000));
    await withHandle(fsp, file, 'r', async (handle) => {
      const shrinking = new ArrayBuffer(50_000);
      const views = [new Uint8Array(shrinking), Buffer.alloc(50_000)];
      const reading = handle.readv(views, 0);
      structuredClone(shrinking, { transfer: [shrinking] });
      expect((await reading).bytesRead).toBe(0);
      expect((views[1] as Buffer).every((byte) => byte === 0)).toBe(true);
    });
  });
});

describe('readFile, writeFile and appendFile on a handle', () => {
  test('readFile reads from the current position to the end, and again nothing', async () => {
    const call = on('r', async (handle) => {
      await handle.read(Buffer.alloc(10), 0, 10, null);
      return [await handle.readFile('utf8'), await handle.readFile('utf8'), (await handle.readFile()).length];
    });
    await sameValue(call, scene);
  });

  test.each([0, 1, 65_536, 600_000])(
    'readFile of a file of %i bytes, from the start and from the middle',
    async (size) => {
      const prepare = (dir: string) => fs.writeFileSync(`${dir}/file`, pattern(size));
      await sameValue(
        on('r', (handle) => handle.readFile()),
        prepare,
      );
      await sameValue(
        on('r', (handle) => handle.readFile({ encoding: 'latin1' })),
        prepare,
      );
      const middle = on('r', async (handle) => {
        await handle.read(Buffer.alloc(1000), 0, 1000, null);
        return [await handle.readFile(), await handle.readFile('base64')];
      });
      await sameValue(middle, prepare);
    },
  );

  test.each(['utf8', 'latin1', 'hex', 'base64', 'utf16le', null, undefined, {}, { encoding: 'ascii' }])(
    'readFile(%j)',
    async (options) => {
      await sameValue(
        on('r', (handle) => handle.readFile(options)),
        scene,
      );
    },
  );

  test('readFile of a handle opened for writing rejects as in Node', async () => {
    await sameError(
      'EBADF',
      on('a', (handle) => handle.readFile()),
      scene,
    );
  });

  test('readFile of a handle of a /proc file', async () => {
    await sameValue((api) => withHandle(api, '/proc/version', 'r', (handle) => handle.readFile('utf8')));
    await sameValue((api) => withHandle(api, '/proc/version', 'r', (handle) => handle.readFile()));
  });

  test('readFile on the handle and fsp.readFile(handle) are the same', async () => {
    await sameValue(
      (api, dir) => withHandle(api, `${dir}/file`, 'r', (handle) => api.readFile(handle, 'utf8')),
      scene,
    );
  });

  test.each(
    ['short', '', Buffer.from('bytes'), 'x'.repeat(700_000), ['it', 'ems'], new Uint32Array(3)].map(
      (data) => [util.inspect(data).slice(0, 20), data],
    ),
  )('writeFile(%s) writes at the current position and cuts nothing', async (_name, data) => {
    const call = on('r+', async (handle) => {
      await handle.read(Buffer.alloc(4), 0, 4, null);
      const result = await handle.writeFile(data);
      await handle.writeFile('!');
      return result;
    });
    expect(await sameValue(call, scene)).toBe(undefined);
    await sameValue(
      on('a', (handle) => handle.appendFile(data)),
      scene,
    );
    await sameValue(
      on('r+', (handle) => handle.appendFile(data, 'latin1')),
      scene,
    );
  });

  test.each([
    'latin1',
    { encoding: 'utf16le' },
    { encoding: 'hex', flush: true },
    { mode: 0o600, flag: 'wx' },
    null,
  ])('writeFile(data, %j)', async (options) => {
    await sameOutcome(
      on('r+', (handle) => handle.writeFile('00ff', options)),
      scene,
    );
    await sameOutcome(
      on('r+', (handle) => handle.appendFile('00ff', options)),
      scene,
    );
  });

  test.each([5, null, undefined, {}, true, Symbol('x')])('writeFile(%p) rejects as in Node', async (data) => {
    await sameOutcome(
      on('r+', (handle) => handle.writeFile(data)),
      scene,
    );
    await sameOutcome(
      on('r+', (handle) => handle.appendFile(data)),
      scene,
    );
  });

  test('writeFile on a handle of /dev/full rejects with ENOSPC', async () => {
    await sameError('ENOSPC', (api) => withHandle(api, '/dev/full', 'w', (handle) => handle.writeFile('x')));
  });

  test('writeFile on a handle opened for reading rejects with EBADF', async () => {
    await sameError(
      'EBADF',
      on('r', (handle) => handle.writeFile('x')),
      scene,
    );
    await sameValue(
      on('r', (handle) => handle.writeFile('')),
      scene,
    );
  });

  test.each(['appendFile', 'writeFile'] as const)(
    '%s of a handle that appends leaves its position at the end of the file, and nothing is left to be read',
    async (name) => {
      const call = on('a+', async (handle) => {
        // Short, and longer than one piece.
        const seen = [];
        for (const data of ['more', pattern(2_500_000)]) {
          await handle[name](data);
          const { bytesRead } = await handle.read(Buffer.alloc(10), 0, 10, null);
          seen.push(bytesRead);
        }
        return seen;
      });
      expect(await sameValue(call, scene)).toEqual([0, 0]);
    },
  );
});

describe('stat, sync, datasync, truncate', () => {
  test.each([undefined, {}, { bigint: false }, { bigint: true }])('stat(%p)', async (options) => {
    const call = on('r', (handle) => (options === undefined ? handle.stat() : handle.stat(options)));
    await sameValue(call, scene);
    await sameValue(call, { prepare: scene, folder: 'shared' });
  });

  test.each([null, 5, 'text', { bigint: 'yes' }, { bigint: 1 }])(
    'stat(%p) does what the running Node does',
    async (options) => {
      await sameOutcome(
        on('r', (handle) => handle.stat(options)),
        scene,
      );
    },
  );

  test('stat sees what was just written through the handle', async () => {
    const call = on('r+', async (handle) => {
      const before = (await handle.stat()).size;
      await handle.write('x', 99);
      const after = (await handle.stat()).size;
      await handle.truncate(7);
      return [before, after, (await handle.stat()).size];
    });
    expect(await sameValue(call, scene)).toEqual([36, 100, 7]);
  });

  test('sync and datasync resolve with undefined', async () => {
    const call = on('r+', async (handle) => {
      await handle.write('x');
      return [await handle.sync(), await handle.datasync()];
    });
    expect(await sameValue(call, scene)).toEqual([undefined, undefined]);
    await sameValue(
      on('r', (handle) => handle.sync()),
      scene,
    );
  });

  test('sync of what cannot be synced rejects as in Node', async () => {
    await sameOutcome((api) => withHandle(api, '/dev/null', 'w', (handle) => handle.sync()));
    await sameOutcome((api) => withHandle(api, '/dev/null', 'w', (handle) => handle.datasync()));
    await sameOutcome((api) => withHandle(api, '/proc/self/status', 'r', (handle) => handle.sync()));
  });

  test.each([undefined, 0, 5, 36, 100, -1, -5, 2 ** 33])('truncate(%p)', async (length) => {
    await sameValue(
      on('r+', (handle) => (length === undefined ? handle.truncate() : handle.truncate(length))),
      scene,
    );
  });

  test.each([null, '5', 1.5, Number.NaN, 5n, {}, Number.POSITIVE_INFINITY, 2 ** 53, true])(
    'truncate(%p) does what the running Node does',
    async (length) => {
      await sameOutcome(
        on('r+', (handle) => handle.truncate(length)),
        scene,
      );
    },
  );

  test('truncate of a handle opened for reading rejects with EINVAL', async () => {
    const error = await sameError(
      'EINVAL',
      on('r', (handle) => handle.truncate(1)),
      scene,
    );
    expect(error.syscall).toBe('ftruncate');
  });

  test('truncate leaves the position where it was', async () => {
    const call = on('r+', async (handle) => {
      await handle.write('0123456789');
      await handle.truncate(4);
      await handle.write('X');
    });
    await sameValue(call, scene);
  });
});

describe('members that are inherited', () => {
  test('chmod, chown and utimes work on the handle', async () => {
    const call = on('r+', async (handle) => {
      await handle.chmod(0o600);
      await handle.chown(process.getuid?.(), process.getgid?.());
      await handle.utimes(1000, 2000.5);
      const { mode, atimeMs, mtimeMs } = await handle.stat();
      return [mode & 0o777, atimeMs, mtimeMs];
    });
    expect(await sameValue(call, scene)).toEqual([0o600, 1_000_000, 2_000_500]);
    await sameError(
      'ERR_INVALID_ARG_TYPE',
      on('r+', (handle) => handle.chmod({})),
      scene,
    );
  });

  test('readv and writev work, with and without a position, beside read and write', async () => {
    const call = on('r+', async (handle) => {
      await handle.read(Buffer.alloc(2), 0, 2, null);
      const one = await handle.readv([Buffer.alloc(3), new Uint8Array(4)]);
      const two = await handle.readv([Buffer.alloc(3), new Uint8Array(4)], 20);
      await handle.write('W');
      const three = await handle.writev([Buffer.from('ab'), Buffer.from('cd')]);
      const four = await handle.writev([Buffer.from('ef')], 30);
      return [one, two, three, four, await handle.read(Buffer.alloc(2))];
    });
    await sameValue(call, scene);
    await sameOutcome(
      on('r', (handle) => handle.readv('x')),
      scene,
    );
    await sameOutcome(
      on('r+', (handle) => handle.writev([])),
      scene,
    );
  });

  test('readLines gives the lines', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`);
      const lines = [];
      for await (const line of handle.readLines()) lines.push(line);
      return [lines, handle.fd];
    };
    expect(await sameValue(call, (dir) => fs.writeFileSync(`${dir}/file`, 'a\nb\r\n€\n\nend'))).toEqual([
      ['a', 'b', '€', '', 'end'],
      -1,
    ]);
  });

  test('createReadStream gives the bytes and closes the handle', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`);
      const chunks = [];
      for await (const chunk of handle.createReadStream({ start: 3, end: 200_000, highWaterMark: 10_000 }))
        chunks.push(chunk);
      return [Buffer.concat(chunks), handle.fd];
    };
    await sameValue(call, (dir) => fs.writeFileSync(`${dir}/file`, pattern(300_000)));
  });

  test('createReadStream with autoClose false leaves the handle open', async () => {
    const call = on('r', async (handle) => {
      let text = '';
      for await (const chunk of handle.createReadStream({ autoClose: false, encoding: 'utf8' }))
        text += chunk;
      return [text, handle.fd > 0, await handle.read(Buffer.alloc(3), 0, 3, 0)];
    });
    await sameValue(call, scene);
  });

  test('createWriteStream writes and closes the handle', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`, 'r+');
      const stream = handle.createWriteStream({ start: 2 });
      stream.write('stream');
      stream.end(Buffer.alloc(100_000, 's'));
      await new Promise<void>((resolve) => stream.on('close', () => resolve()));
      return handle.fd;
    };
    expect(await sameValue(call, scene)).toBe(-1);
  });

  test('readableWebStream gives the bytes', async () => {
    const call = on('r', async (handle) => {
      const chunks = [];
      for await (const chunk of handle.readableWebStream()) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString('hex');
    });
    await sameValue(call, scene);
  });

  test("readableWebStream of type 'bytes' gives the bytes", async () => {
    const call = on('r', async (handle) => {
      const reader = handle.readableWebStream({ type: 'bytes' }).getReader({ mode: 'byob' });
      const { value, done } = await reader.read(new Uint8Array(100));
      await reader.cancel();
      return [Buffer.from(value).toString(), done];
    });
    await sameValue(call, scene);
  });

  test('every member of the running Node’s handle is there, with its name and length', async () => {
    const members = (prototype: object): unknown[] =>
      Reflect.ownKeys(prototype).map((key) => {
        const descriptor = Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor;
        return [
          String(key),
          typeof descriptor.value,
          descriptor.value?.name,
          descriptor.value?.length,
          typeof descriptor.get,
          descriptor.enumerable,
        ];
      });
    const all = (handle: object): unknown[] => {
      const seen = new Map<string, unknown>();
      for (let at: object | null = handle; at !== null; at = Object.getPrototypeOf(at)) {
        for (const member of members(at) as [string, ...unknown[]][])
          if (member[0] !== 'constructor' && !seen.has(member[0])) seen.set(member[0], member);
      }
      return [...seen.values()].map((member) => JSON.stringify(member)).sort();
    };
    const file = makeFile();
    await withHandle(fsp, file, 'r', (ours) =>
      withHandle(bare, file, 'r', (theirs) => expect(all(ours)).toEqual(expect.arrayContaining(all(theirs)))),
    );
  });

  test('what shows of a handle is what shows in Node: keys, own names, class', async () => {
    const call = (api: FsPromises, dir: string) =>
      withHandle(api, `${dir}/file`, 'r', (handle) => [
        Object.keys(handle),
        handle.constructor.name,
        Object.prototype.toString.call(handle),
        typeof untyped(handle).getAsyncId(),
      ]);
    await sameValue(call, scene);
  });
});

describe('close', () => {
  test('close resolves with undefined, sets fd to -1, and does so again and again', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`);
      const before = handle.fd > 2;
      const first = await handle.close();
      return [before, first, handle.fd, await handle.close(), await handle.close(), handle.fd];
    };
    expect(await sameValue(call, scene)).toEqual([true, undefined, -1, undefined, undefined, -1]);
  });

  test('close sets fd to -1 in the same tick when the handle is idle', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`);
      const closing = handle.close();
      const { fd } = handle;
      await closing;
      return fd;
    };
    expect(await sameValue(call, scene)).toBe(-1);
  });

  test('two closes at once both resolve', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`);
      return Promise.all([handle.close(), handle.close(), handle.close()]);
    };
    expect(await sameValue(call, scene)).toEqual([undefined, undefined, undefined]);
  });

  test('close really closes the descriptor', async () => {
    const dir = tempDir();
    scene(dir);
    const links = () =>
      fs
        .readdirSync('/proc/self/fd')
        .map((fd) => {
          try {
            return fs.readlinkSync(`/proc/self/fd/${fd}`);
          } catch {
            return '';
          }
        })
        .filter((target) => target.startsWith(dir));
    const handle = await fsp.open(`${dir}/file`, 'r+');
    await handle.read(Buffer.alloc(4), 0, 4, 0);
    await handle.write('x');
    await handle.readFile();
    await handle.sync();
    expect(links().length).toBeGreaterThan(0);
    await handle.close();
    expect(links()).toEqual([]);
  });

  test("close emits 'close' once", async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`);
      const seen: string[] = [];
      untyped(handle).on('close', () => seen.push('close'));
      await handle.close();
      await handle.close();
      return [seen, untyped(handle).listenerCount('close')];
    };
    expect(await sameValue(call, scene)).toEqual([['close'], 1]);
  });

  test('close is an own function that needs no `this`', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`);
      const { close } = handle;
      await close();
      return [Object.hasOwn(handle, 'close'), handle.fd];
    };
    expect(await sameValue(call, scene)).toEqual([true, -1]);
  });

  test('close waits for reads and writes in flight', async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/file`, pattern(3 << 20));
    const handle = await fsp.open(`${dir}/file`, 'r+');
    const order: string[] = [];
    const read = handle.read(Buffer.alloc(3 << 20), 0, 3 << 20, 0).then((result) => {
      order.push('read');
      return result;
    });
    const write = handle.write(Buffer.alloc(1 << 20, 'w'), 0, 1 << 20, 4 << 20).then((result) => {
      order.push('write');
      return result;
    });
    const close = handle.close().then(() => order.push('close'));
    const [{ bytesRead }, { bytesWritten }] = await Promise.all([read, write, close]);
    expect([bytesRead, bytesWritten]).toEqual([3 << 20, 1 << 20]);
    expect(order.at(-1)).toBe('close');
    expect(handle.fd).toBe(-1);
    expect(fs.statSync(`${dir}/file`).size).toBe(5 << 20);
  });

  test('close waits for every method in flight', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`, 'r+');
      const work = [
        handle.stat(),
        handle.sync(),
        handle.datasync(),
        handle.truncate(20),
        handle.readFile('utf8'),
      ];
      const closing = handle.close();
      const results = await Promise.allSettled(work);
      await closing;
      return [results.map((result) => result.status), handle.fd];
    };
    expect(await sameValue(call, scene)).toEqual([Array(5).fill('fulfilled'), -1]);
  });

  test('what is called while the handle is closing does what Node does', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`, 'r+');
      const closing = handle.close();
      const late = await handle.stat().then(
        () => 'served',
        (error) => [error.code, error.message, error.syscall],
      );
      await closing;
      return late;
    };
    await sameValue(call, scene);
  });

  const calls: [string, (handle: FileHandle) => unknown][] = [
    ['read', (handle) => handle.read(Buffer.alloc(1))],
    ['read of a wrong buffer', (handle) => untyped(handle).read(5)],
    ['write', (handle) => handle.write('x')],
    ['write of nothing', (handle) => handle.write(Buffer.alloc(0))],
    ['readv', (handle) => handle.readv([Buffer.alloc(1)])],
    ['writev', (handle) => handle.writev([Buffer.alloc(1)])],
    ['readFile', (handle) => handle.readFile()],
    ['writeFile', (handle) => handle.writeFile('x')],
    ['appendFile', (handle) => handle.appendFile('x')],
    ['stat', (handle) => handle.stat()],
    ['sync', (handle) => handle.sync()],
    ['datasync', (handle) => handle.datasync()],
    ['truncate', (handle) => handle.truncate()],
    ['chmod', (handle) => handle.chmod(0o600)],
    ['chown', (handle) => handle.chown(0, 0)],
    ['utimes', (handle) => handle.utimes(1, 1)],
  ];
  test.each(calls)('%s of a closed handle rejects with EBADF, in Node’s words', async (_name, work) => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`, 'r+');
      await handle.close();
      return work(handle);
    };
    const error = await sameError('EBADF', call, scene);
    expect(error.message).toBe('file closed');
  });

  test('fsp.readFile and fsp.writeFile of a closed handle do what the running Node does', async () => {
    const closed = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`, 'r+');
      await handle.close();
      return handle;
    };
    await sameOutcome(async (api, dir) => api.readFile(await closed(api, dir)), scene);
    await sameOutcome(async (api, dir) => api.writeFile(await closed(api, dir), 'x'), scene);
  });

  test('a descriptor that was closed behind the handle’s back gives EBADF, at close too', async () => {
    const dir = tempDir();
    scene(dir);
    const script = `
      const fs = require('node:fs');
      const look = (error) => [error.code, error.errno, error.syscall, error.message];
      (async () => {
        const seen = [];
        for (const api of [subject, bare]) {
          const handle = await api.open(process.env.DIR + '/file');
          fs.closeSync(handle.fd);
          seen.push(JSON.stringify([await handle.read(Buffer.alloc(1)).then(String, look), await handle.close().then(String, look)]));
        }
        console.log(seen.join('\\n'));
      })();`;
    const { stdout, code } = await runChild(script, { dir });
    const [ours, theirs] = stdout.trim().split('\n');
    expect(code).toBe(0);
    expect(ours).toBe(theirs);
    expect(ours).toContain('EBADF');
  });

  test('opening and closing 2000 times leaves no descriptor behind and never mixes files', async () => {
    const dir = tempDir();
    const open = () => fs.readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 50; i++) fs.writeFileSync(`${dir}/${i}`, `content ${i}`);
    const before = open();
    for (let round = 0; round < 40; round++) {
      await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          withHandle(fsp, `${dir}/${i}`, 'r', async (handle) =>
            expect(await handle.readFile('utf8')).toBe(`content ${i}`),
          ),
        ),
      );
    }
    expect(open()).toBeLessThanOrEqual(before + 4);
  });

  test('await using (Symbol.asyncDispose) closes the handle', async () => {
    const asyncDispose = (Symbol as unknown as { asyncDispose: symbol }).asyncDispose;
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`);
      const dispose = untyped(handle)[asyncDispose];
      const result = await Reflect.apply(dispose, handle, []);
      return [typeof dispose, dispose.length, result, handle.fd];
    };
    expect(await sameValue(call, scene)).toEqual(['function', 0, undefined, -1]);
  });
});

describe('a handle is a FileHandle of the running Node', () => {
  test('it is an instance of Node’s class and of EventEmitter', async () => {
    const file = makeFile();
    await withHandle(bare, file, 'r', (theirs) =>
      withHandle(fsp, file, 'r', (ours) => {
        expect(ours instanceof theirs.constructor).toBe(true);
        expect(typeof untyped(ours).on).toBe('function');
        expect(Number.isInteger(ours.fd)).toBe(true);
      }),
    );
  });

  test('Node’s own readFile, writeFile and appendFile take it', async () => {
    const file = makeFile();
    await withHandle(fsp, file, 'r+', async (handle) => {
      expect(await bare.readFile(handle, 'utf8')).toBe(TEXT);
      await bare.writeFile(handle, '+');
      await bare.appendFile(handle, '!');
    });
    expect(fs.readFileSync(file, 'utf8')).toBe(`${TEXT}+!`);
  });

  test('the subject’s readFile and writeFile take a handle of bare Node', async () => {
    const file = makeFile();
    await withHandle(bare, file, 'r+', async (handle) => {
      expect(await fsp.readFile(handle, 'utf8')).toBe(TEXT);
      await fsp.writeFile(handle, '+');
      await fsp.appendFile(handle, Buffer.from('!'));
    });
    expect(fs.readFileSync(file, 'utf8')).toBe(`${TEXT}+!`);
  });

  test('fs.createReadStream and fs.createWriteStream take it as fd', async () => {
    const file = makeFile();
    const handle = await fsp.open(file);
    let text = '';
    for await (const chunk of untyped(fs).createReadStream(null, { fd: handle, encoding: 'utf8' }))
      text += chunk;
    expect([text, handle.fd]).toEqual([TEXT, -1]);
    const second = await fsp.open(file, 'w');
    const stream = untyped(fs).createWriteStream(null, { fd: second });
    stream.end('streamed');
    await new Promise<void>((resolve) => stream.on('close', () => resolve()));
    expect([fs.readFileSync(file, 'utf8'), second.fd]).toEqual(['streamed', -1]);
  });

  test('its descriptor works with fs.readSync and process tools', async () => {
    await withHandle(fsp, makeFile(), 'r', (handle) => {
      const buffer = Buffer.alloc(4);
      expect(fs.readSync(handle.fd, buffer, 0, 4, 10)).toBe(4);
      expect(buffer.toString()).toBe('abcd');
    });
  });

  test('an idle handle can be posted to another port, and is closed here', async () => {
    const file = makeFile();
    const { port1, port2 } = new MessageChannel();
    const handle = await fsp.open(file);
    port1.postMessage(handle, [handle as never]);
    expect(handle.fd).toBe(-1);
    const { message } = receiveMessageOnPort(port2) as { message: FileHandle };
    try {
      expect(await message.readFile('utf8')).toBe(TEXT);
    } finally {
      await message.close();
      port1.close();
      port2.close();
    }
    await expect(handle.read(Buffer.alloc(1))).rejects.toMatchObject({ code: 'EBADF' });
  });

  test('a handle posted to a worker is read there', async () => {
    const dir = tempDir();
    scene(dir);
    const script = `
      const { Worker } = require('node:worker_threads');
      (async () => {
        const handle = await subject.open(process.env.DIR + '/file');
        const worker = new Worker("const { parentPort } = require('node:worker_threads'); parentPort.once('message', async (handle) => { parentPort.postMessage(await handle.readFile('utf8')); await handle.close(); });", { eval: true });
        worker.once('message', (text) => console.log(text, handle.fd));
        worker.postMessage(handle, [handle]);
      })();`;
    const { code, stdout } = await runChild(script, { dir });
    expect([code, stdout]).toEqual([0, `${TEXT} -1\n`]);
  });

  test('a handle with work in flight cannot be transferred', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const handle = await api.open(`${dir}/file`);
      const { port1, port2 } = new MessageChannel();
      // Waits for the disk, where a read of what is cached may be answered at once.
      const work = handle.sync();
      let outcome: unknown = 'posted';
      try {
        port1.postMessage(handle, [handle as never]);
      } catch (error) {
        outcome = [(error as Error).name, (error as Error).message];
      }
      await work;
      port1.close();
      port2.close();
      await handle.close();
      return outcome;
    };
    await sameValue(call, scene);
  });

  test.each(['read', 'write', 'stat', 'sync', 'datasync', 'truncate', 'readFile', 'writeFile', 'appendFile'])(
    '%s with a wrong `this` rejects as in Node',
    async (name) => {
      for (const wrong of [{}, { fd: 0 }, Object.create(null), [], () => {}]) {
        const call = (api: FsPromises, dir: string) =>
          withHandle(api, `${dir}/file`, 'r', (handle) => Reflect.apply(untyped(handle)[name], wrong, ['x']));
        await sameOutcome(call, scene);
      }
    },
  );

  test.each([undefined, null])('a method with %p as `this` does what Node does', async (wrong) => {
    for (const name of ['read', 'stat', 'readFile', 'writeFile']) {
      const call = (api: FsPromises, dir: string) =>
        withHandle(api, `${dir}/file`, 'r', (handle) => Reflect.apply(untyped(handle)[name], wrong, []));
      await sameOutcome(call, scene);
    }
  });

  test('what a program puts in the place of a method is called by the program alone', async () => {
    await sameValue(
      on('r', (handle) => {
        let calls = 0;
        const { readFile } = handle;
        handle.readFile = (options: unknown) => {
          calls += 1;
          return calls < 5 ? readFile.call(handle, options) : 'called again and again';
        };
        return handle.readFile('utf8');
      }),
      scene,
    );
    await sameValue(async (api, dir) => {
      const handle = untyped(await api.open(`${dir}/file`, 'r+'));
      const seen: unknown[] = [];
      const { prototype } = handle.constructor;
      const methods = { ...Object.getOwnPropertyDescriptors(prototype) };
      try {
        for (const target of [handle, prototype]) {
          target.readFile = async (options: unknown) => {
            seen.push('readFile');
            return seen.length < 20
              ? await api.readFile(handle, options as 'utf8')
              : 'called again and again';
          };
          target.writeFile = () => seen.push('writeFile');
          target.appendFile = () => seen.push('appendFile');
          seen.push(await handle.readFile('utf8'), await api.readFile(handle, 'utf8'));
          await api.writeFile(handle, 'a');
          await api.appendFile(handle, 'b');
          delete handle.appendFile;
          if (target === handle) await handle.appendFile('c');
          delete handle.readFile;
          delete handle.writeFile;
        }
      } finally {
        Object.defineProperties(prototype, methods);
        await handle.close();
      }
      return [seen, fs.readFileSync(`${dir}/file`, 'utf8')];
    }, scene);
  });

  test('methods return native promises and never throw synchronously', async () => {
    await withHandle(fsp, makeFile(), 'r+', async (handle) => {
      for (const name of ['read', 'write', 'stat', 'truncate', 'writeFile', 'readFile', 'appendFile']) {
        const promise = untyped(handle)[name](Symbol('wrong'), Symbol('wrong'));
        expect(util.types.isPromise(promise)).toBe(true);
        await promise.catch(() => {});
      }
    });
  });
});

test('what Node finds wrong in a call with a handle names the caller: nothing of ours stands between for long', async () => {
  const onHandle =
    (call: (api: FsPromises, handle: FileHandle) => Promise<unknown>) => (api: FsPromises, dir: string) =>
      withHandle(api, `${dir}/file`, 'w+', (handle) => call(api, handle));
  await sameOutcome(onHandle((api, handle) => untyped(api).readFile(handle, { encoding: 'buffer' })));
  await sameOutcome(onHandle((api, handle) => untyped(api).writeFile(handle, 'x', { encoding: 'no such' })));
  await sameOutcome(onHandle((api, handle) => untyped(api).appendFile(handle, 'x', { encoding: 'no such' })));
});
