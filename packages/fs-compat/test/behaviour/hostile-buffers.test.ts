// Whoever detaches, transfers or resizes a buffer in flight gets a settled promise, not somebody else's memory.
import * as fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { sameCallback } from '../support/callbacks';
import {
  fsp,
  pattern,
  runChild,
  sameOutcome,
  tempDir,
  testBeyondNode,
  untyped,
  withHandle,
} from '../support/subject';

// Resizable ArrayBuffers are newer than the library of types that Node 20 is built against.
interface Resizable extends ArrayBuffer {
  resize(length: number): void;
}
const resizable = (length: number, maxByteLength: number): Resizable =>
  new (ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => Resizable)(
    length,
    { maxByteLength },
  );

const transfer = (buffer: ArrayBuffer): Uint8Array =>
  new Uint8Array(structuredClone(buffer, { transfer: [buffer] }));

const small = 5000;
const large = 3 << 20;
const moments: [string, (act: () => void) => void | Promise<void>][] = [
  ['in the same tick', (act) => act()],
  ['in nextTick', (act) => new Promise<void>((resolve) => process.nextTick(() => resolve(act())))],
  ['in a microtask', (act) => Promise.resolve().then(act)],
  ['in setImmediate', (act) => new Promise<void>((resolve) => setImmediate(() => resolve(act())))],
  ['after 1 ms', (act) => new Promise<void>((resolve) => setTimeout(() => resolve(act()), 1))],
];

let dir = '';
beforeEach(() => {
  dir = tempDir();
  fs.writeFileSync(`${dir}/small`, pattern(small, 2));
  fs.writeFileSync(`${dir}/large`, pattern(large, 3));
});

const settled = (promise: Promise<unknown>): Promise<{ value?: unknown; error?: NodeJS.ErrnoException }> =>
  promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );

/** After whatever happened: the handle, the file and the module still work. */
async function nextCallWorks(handle: FileHandle): Promise<void> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(100), 0, 100, 1000);
  expect([bytesRead, buffer.length]).toEqual([100, 100]);
  await fsp.writeFile(`${dir}/next`, 'next');
  expect(await fsp.readFile(`${dir}/next`, 'utf8')).toBe('next');
}

describe.each([
  ['small', small],
  ['large', large],
] as const)('a %s read', (name, size) => {
  test.each(moments)('settles when its buffer is transferred %s', async (_name, when) => {
    await withHandle(fsp, `${dir}/${name}`, 'r', async (handle) => {
      const buffer = new Uint8Array(size);
      const promise = settled(handle.read(buffer, 0, size, 0));
      let moved: Uint8Array | undefined;
      await when(() => {
        moved = transfer(buffer.buffer);
      });
      const { value, error } = await promise;
      if (error === undefined) expect(untyped(value).bytesRead).toBeLessThanOrEqual(size);
      expect([buffer.length, moved?.length]).toEqual([0, size]);
      await nextCallWorks(handle);
    });
  });

  testBeyondNode(`writes no byte into the new owner’s memory after a transfer (${name})`, async () => {
    for (const [, when] of moments) {
      await withHandle(fsp, `${dir}/${name}`, 'r', async (handle) => {
        const buffer = new Uint8Array(size);
        const promise = settled(handle.read(buffer, 0, size, 0));
        let moved = new Uint8Array(0);
        let snapshot = Buffer.alloc(0);
        await when(() => {
          moved = transfer(buffer.buffer) as Uint8Array<ArrayBuffer>;
          snapshot = Buffer.from(moved);
        });
        await promise;
        await new Promise((resolve) => setTimeout(resolve, 3));
        expect(Buffer.compare(moved, snapshot)).toBe(0);
      });
    }
  });

  test.each(moments)(
    'settles when its buffer is shrunk %s, and the rest of it is not touched',
    async (_name, when) => {
      await withHandle(fsp, `${dir}/${name}`, 'r', async (handle) => {
        const memory = resizable(size, size);
        const buffer = new Uint8Array(memory);
        const promise = settled(handle.read(buffer, 0, size, 0));
        await when(() => memory.resize(4));
        const { value, error } = await promise;
        if (error === undefined) expect(untyped(value).bytesRead).toBeLessThanOrEqual(size);
        expect(buffer.length).toBe(4);
        await nextCallWorks(handle);
      });
    },
  );

  testBeyondNode(`writes no byte beyond the end of a buffer that was shrunk (${name})`, async () => {
    for (const [, when] of moments) {
      await withHandle(fsp, `${dir}/${name}`, 'r', async (handle) => {
        const memory = resizable(size, size);
        const promise = settled(handle.read(new Uint8Array(memory), 0, size, 0));
        await when(() => memory.resize(8));
        await promise;
        memory.resize(size);
        expect(Buffer.from(memory, 8).equals(Buffer.alloc(size - 8))).toBe(true);
      });
    }
  });

  test.each(moments)('settles when its buffer is shrunk to nothing %s', async (_name, when) => {
    await withHandle(fsp, `${dir}/${name}`, 'r', async (handle) => {
      const memory = resizable(size, size);
      const promise = settled(handle.read(new Uint8Array(memory), 0, size, 0));
      await when(() => memory.resize(0));
      await promise;
      await nextCallWorks(handle);
    });
  });

  test.each(moments)('gives all bytes when its buffer grows %s', async (_name, when) => {
    await withHandle(fsp, `${dir}/${name}`, 'r', async (handle) => {
      const memory = resizable(size, size + 10_000);
      const promise = handle.read(new Uint8Array(memory, 0, size), 0, size, 0);
      await when(() => memory.resize(size + 10_000));
      expect((await promise).bytesRead).toBe(size);
      expect(Buffer.compare(new Uint8Array(memory, 0, size), fs.readFileSync(`${dir}/${name}`))).toBe(0);
      expect(Buffer.from(memory, size).equals(Buffer.alloc(10_000))).toBe(true);
    });
  });
});

describe.each([
  ['small', small],
  ['large', large],
] as const)('a %s write', (_name, size) => {
  const hostile: [string, () => { view: Uint8Array; act: () => void }][] = [
    [
      'transferred',
      () => {
        const view = new Uint8Array(pattern(size, 9));
        return { view, act: () => void transfer(view.buffer as ArrayBuffer).fill(0xee) };
      },
    ],
    [
      'shrunk',
      () => {
        const memory = resizable(size, size);
        const view = new Uint8Array(memory);
        view.set(pattern(size, 9));
        return { view, act: () => memory.resize(16) };
      },
    ],
    [
      'emptied',
      () => {
        const memory = resizable(size, size);
        const view = new Uint8Array(memory);
        view.set(pattern(size, 9));
        return { view, act: () => memory.resize(0) };
      },
    ],
  ];
  // Zeros come from memory that was shrunk and 0xee from the new owner: both were the user's at some time.
  const expected = pattern(size, 9);
  const allowed = (file: string) => {
    const left = fs.readFileSync(file);
    if (left.length > size) return false;
    for (let i = 0; i < left.length; i++)
      if (left[i] !== expected[i] && left[i] !== 0 && left[i] !== 0xee) return false;
    return true;
  };

  describe.each(hostile)('whose data is %s', (_kind, make) => {
    test.each(moments)(
      'settles when that happens %s, and writes nobody else’s bytes',
      async (_when, when) => {
        await withHandle(fsp, `${dir}/out`, 'w+', async (handle) => {
          const { view, act } = make();
          const promise = settled(handle.write(view, 0, size, 0));
          await when(act);
          const { value, error } = await promise;
          if (error === undefined) expect(untyped(value).bytesWritten).toBeLessThanOrEqual(size);
          expect(allowed(`${dir}/out`)).toBe(true);
          await handle.write(Buffer.alloc(2000), 0, 2000, 0);
          await nextCallWorks(handle);
        });
      },
    );

    test.each(moments)('as a whole-file write settles when that happens %s', async (_when, when) => {
      const { view, act } = make();
      const promise = settled(fsp.writeFile(`${dir}/whole`, view));
      await when(act);
      await promise;
      expect(allowed(`${dir}/whole`)).toBe(true);
      await fsp.writeFile(`${dir}/whole`, 'next');
      expect(await fsp.readFile(`${dir}/whole`, 'utf8')).toBe('next');
    });
  });
});

describe('buffers that are hostile before the call', () => {
  test('a read into, and a write of, a detached view settles', async () => {
    await withHandle(fsp, `${dir}/small`, 'r+', async (handle) => {
      const view = new Uint8Array(100);
      transfer(view.buffer);
      await settled(handle.read(view, 0, 10, 0));
      await settled(handle.read(view));
      expect((await settled(handle.write(view))).error).toBeUndefined();
      await settled(fsp.writeFile(`${dir}/detached`, view));
      await nextCallWorks(handle);
    });
  });

  test('a getter of read’s options that transfers the buffer cannot trick it', async () => {
    await withHandle(fsp, `${dir}/small`, 'r', async (handle) => {
      const view = new Uint8Array(1000);
      const options = {
        offset: 0,
        length: 1000,
        get position() {
          if (view.length > 0) transfer(view.buffer);
          return 0;
        },
      };
      await settled(handle.read(view, options));
      expect(view.length).toBe(0);
      await nextCallWorks(handle);
    });
  });

  test('a view whose byteLength lies is taken at its true length', async () => {
    const view = new Uint8Array(10);
    Object.defineProperty(view, 'byteLength', { value: 1_000_000 });
    await withHandle(fsp, `${dir}/small`, 'r+', async (handle) => {
      const { value } = await settled(handle.read(view, 0, 10, 0));
      if (value !== undefined) expect(untyped(value).bytesRead).toBeLessThanOrEqual(10);
      await nextCallWorks(handle);
    });
  });

  test.each<[string, () => ArrayBufferView]>([
    [
      'an Uint8Array out of bounds',
      () => {
        const memory = resizable(8, 8);
        const view = new Uint8Array(memory, 0, 8);
        memory.resize(4);
        return view;
      },
    ],
    [
      'a DataView out of bounds',
      () => {
        const memory = resizable(8, 8);
        const view = new DataView(memory, 4, 4);
        memory.resize(2);
        return view;
      },
    ],
    [
      'an Uint8Array with a length of its own',
      () => Object.defineProperty(new Uint8Array(8), 'byteLength', { value: 3 }),
    ],
    [
      'a DataView whose length is not to be asked',
      () =>
        Object.defineProperty(new DataView(new ArrayBuffer(8)), 'byteLength', {
          get: () => {
            throw new Error('asked');
          },
        }),
    ],
    ['an empty view', () => new Uint16Array(0)],
  ])('readv and writev of %s, alone and among others', async (_what, make) => {
    const vectors = () => [[make()], [make(), Buffer.from('after')], [Buffer.from('before'), make()]];
    for (const i of vectors().keys()) {
      for (const method of ['readv', 'writev'] as const) {
        await sameOutcome(
          async (api, folder) => {
            const views = vectors()[i] as ArrayBufferView[];
            const { bytesRead, bytesWritten, buffers } = await withHandle(
              api,
              `${folder}/file`,
              'r+',
              (handle) => untyped(handle)[method](views),
            );
            return [bytesRead, bytesWritten, buffers === views];
          },
          (folder) => fs.writeFileSync(`${folder}/file`, pattern(100)),
        );
      }
      await sameCallback(
        (api, folder, callback) => {
          const fd = fs.openSync(`${folder}/file`, 'r+');
          return api.writev(fd, vectors()[i], (error: unknown, count: number) => {
            fs.closeSync(fd);
            callback(error, count);
          });
        },
        (folder) => fs.writeFileSync(`${folder}/file`, pattern(100)),
      );
    }
  });

  test('shared memory that is read into and written from shows what was there', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(small));
    await withHandle(fsp, `${dir}/small`, 'r', async (handle) => {
      expect((await handle.read(shared, 0, small, 0)).bytesRead).toBe(small);
    });
    expect(Buffer.compare(shared, pattern(small, 2))).toBe(0);
  });

  test('memory of WebAssembly that grows in flight', async () => {
    interface WasmMemory {
      buffer: ArrayBuffer;
      grow(pages: number): number;
    }
    const { WebAssembly } = globalThis as unknown as {
      WebAssembly: { Memory: new (options: object) => WasmMemory };
    };
    for (const [, when] of moments) {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 40 });
      await withHandle(fsp, `${dir}/small`, 'r', async (handle) => {
        const promise = settled(handle.read(new Uint8Array(memory.buffer), 0, small, 0));
        await when(() => void memory.grow(2));
        await promise;
        await nextCallWorks(handle);
      });
    }
  });
});

describe('garbage collection', () => {
  test('views that nobody holds any more while reads and writes are in flight', async () => {
    const script = `
      const DIR = process.env.DIR;
      (async () => {
        const handle = await subject.open(DIR + '/large', 'r');
        const out = await subject.open(DIR + '/out', 'w');
        let wrong = 0;
        const work = [];
        for (let i = 0; i < 40; i++) {
          work.push(handle.read(new Uint8Array(100000), 0, 100000, i * 1000).then(({ bytesRead, buffer }) => { if (bytesRead !== 100000 || buffer.length !== 100000) wrong++; }));
          work.push(out.write(new Uint8Array(50000).fill(7), 0, 50000, i * 50000).then(({ bytesWritten }) => { if (bytesWritten !== 50000) wrong++; }));
          work.push(subject.writeFile(DIR + '/w' + i, Buffer.alloc(60000, 8)));
          gc();
        }
        setImmediate(gc);
        await Promise.all(work);
        gc();
        await handle.close();
        await out.close();
        const fs = require('node:fs');
        if (!fs.readFileSync(DIR + '/out').every((byte) => byte === 7)) wrong++;
        for (let i = 0; i < 40; i++) if (!fs.readFileSync(DIR + '/w' + i).equals(Buffer.alloc(60000, 8))) wrong++;
        console.log(wrong);
      })();`;
    expect(await runChild(script, { dir, flags: ['--expose-gc'] })).toEqual({
      code: 0,
      stdout: '0\n',
      stderr: '',
    });
  });
});
