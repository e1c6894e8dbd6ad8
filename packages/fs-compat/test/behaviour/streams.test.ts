// fs.ReadStream and fs.WriteStream: Node's own classes to whoever asks, on our lanes.
import { once } from 'node:events';
import * as fs from 'node:fs';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import * as util from 'node:util';
import { type AnyFs, facesOf } from '../support/callbacks';
import {
  type FsPromises,
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
  fs.writeFileSync(`${dir}/large`, pattern(300_000));
  fs.mkdirSync(`${dir}/folder`);
};

/** Every event a stream has, in order, with what it says; data as one. */
function watched(stream: AnyFs): Promise<unknown[]> {
  const events: unknown[] = [];
  const data: (string | Buffer)[] = [];
  for (const name of ['open', 'ready', 'end', 'finish', 'error', 'close'])
    stream.on(name, (value: unknown) => events.push([name, typeof value === 'number' ? 'number' : value]));
  if (stream instanceof Readable) stream.on('data', (chunk) => data.push(chunk));
  return new Promise((resolve) => {
    const done = (): void => {
      const whole = data.every((chunk) => typeof chunk === 'string')
        ? data.join('')
        : Buffer.concat(data as Buffer[]).toString('latin1');
      const { bytesRead, bytesWritten, flags, mode, start, end, pos, pending, closed, fd } = stream;
      const path = stream.path === undefined ? undefined : String(stream.path);
      const open = typeof fd;
      const state = { bytesRead, bytesWritten, path, flags, mode, start, end, pos, pending, closed, open };
      if (typeof fd === 'number') fs.closeSync(fd);
      resolve([events, whole, data.length, state, stream.autoClose, stream.destroyed]);
    };
    // What does not close itself has been seen when it has ended.
    stream.on('close', done);
    if (stream.autoClose === false) {
      stream.on('end', () => setTimeout(done, 5));
      stream.on('finish', () => setTimeout(done, 5));
      stream.on('error', () => setTimeout(done, 5));
    }
  });
}

const same = (call: (api: AnyFs, dir: string) => unknown) =>
  sameOutcome((api: FsPromises, dir) => call(facesOf(api), dir), { prepare: scene, foreignError: true });

describe('createReadStream', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an encoding', 'utf8'],
    ['{}', {}],
    ['encoding hex', { encoding: 'hex' }],
    ['start', { start: 5 }],
    ['end', { end: 7 }],
    ['start and end', { start: 5, end: 7 }],
    ['start behind the end of the file', { start: 100 }],
    ['end 0', { end: 0 }],
    ['highWaterMark', { highWaterMark: 7 }],
    ['highWaterMark, start and end', { highWaterMark: 7, start: 3, end: 30 }],
    ['flags r+', { flags: 'r+' }],
    ['mode', { mode: 0o600, flags: 'a+' }],
    ['emitClose false, which closes all the same', { emitClose: true }],
    ['autoClose false', { autoClose: false }],
    ['a function in place of options', () => {}],
    ['inherited options', Object.create({ start: 2, end: 4 })],
  ])('with %s', async (_name, options) => {
    const tails = ['file', 'folder', 'missing'];
    if (untyped(options)?.highWaterMark === undefined) tails.push('large');
    for (const tail of tails)
      await same((api, dir) => watched(api.createReadStream(`${dir}/${tail}`, options)));
  });

  test.each<[string, unknown[]]>([
    ['no path', []],
    ['a number', [5]],
    ['a NUL byte', ['a\0b']],
    ['options that are a number', ['x', 5]],
    ['start behind end', ['x', { start: 5, end: 2 }]],
    ['start of the wrong type', ['x', { start: '5' }]],
    ['end of the wrong type', ['x', { end: '5' }]],
    ['a negative start', ['x', { start: -1 }]],
    ['an unknown encoding', ['x', 'nonsense']],
    ['fd of the wrong type', ['x', { fd: 'y' }]],
    ['an object as fd', ['x', { fd: {} }]],
    ['fd out of range', ['x', { fd: -5 }]],
    ['fs without open', ['x', { fs: {} }]],
    ['fs without read', ['x', { fs: { open() {} } }]],
    ['a signal that is none', ['x', { signal: 5 }]],
  ])('%s throws as in Node', async (_name, args) => {
    for (const name of ['createReadStream', 'createWriteStream']) {
      await same(async (api, dir) => {
        // Some are wrong for one of the two only.
        const stream = api[name](...args.map((arg) => (arg === 'x' ? `${dir}/x` : arg)));
        stream.on('error', () => {});
        stream.destroy();
        await once(stream, 'close');
      });
    }
  });

  test('of a Buffer, a URL, a descriptor and a FileHandle', async () => {
    await same((api, dir) => watched(api.createReadStream(Buffer.from(`${dir}/file`))));
    await same((api, dir) => watched(api.createReadStream(pathToFileURL(`${dir}/file`))));
    await same((api, dir) => watched(api.createReadStream('', { fd: fs.openSync(`${dir}/file`, 'r') })));
    await same((api, dir) =>
      watched(api.createReadStream(null, { fd: fs.openSync(`${dir}/file`, 'r'), start: 4, end: 9 })),
    );
    await same(async (api, dir) => {
      const handle = await api.promises.open(`${dir}/file`);
      const seen = await watched(api.createReadStream('', { fd: handle, start: 3 }));
      return [seen, handle.fd];
    });
    await same(async (api, dir) => {
      const handle = await api.promises.open(`${dir}/file`);
      const stream = api.createReadStream('', { fd: handle, autoClose: false });
      stream.resume();
      await once(stream, 'end');
      await handle.read(Buffer.alloc(1), 0, 1, 0); // it is open
      const closed = once(stream, 'close');
      await handle.close();
      await closed;
    });
    await same(async (api, dir) => {
      const handle = await api.promises.open(`${dir}/file`);
      try {
        api.createReadStream('', { fd: handle, fs: { open() {}, read() {}, close() {} } });
      } finally {
        await handle.close();
      }
    });
  });

  test('an own fs of the caller wins', async () => {
    await same((api, dir) => {
      const used: string[] = [];
      const own = {
        open: (...args: unknown[]) => {
          used.push('open');
          untyped(fs.open)(...args);
        },
        read: (...args: unknown[]) => {
          used.push('read');
          untyped(fs.read)(...args);
        },
        close: (...args: unknown[]) => {
          used.push('close');
          untyped(fs.close)(...args);
        },
      };
      return watched(api.createReadStream(`${dir}/file`, { fs: own })).then((seen) => [seen, used]);
    });
  });

  test('abort by signal, before and after', async () => {
    for (const before of [true, false]) {
      await same((api, dir) => {
        const controller = new AbortController();
        if (before) controller.abort();
        const stream = api.createReadStream(`${dir}/large`, { signal: controller.signal });
        const seen = new Promise((resolve) => {
          stream.on('error', (error: Error & { code?: string }) => resolve([error.name, error.code]));
        });
        if (!before) controller.abort();
        return seen;
      });
    }
  });

  test('destroy amid the reading closes the descriptor and gives no more', async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/file`, pattern(3_000_000));
    const open = (): number =>
      fs.readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return fs.readlinkSync(`/proc/self/fd/${fd}`) === `${dir}/file`;
        } catch {
          return false; // it was the folder's own
        }
      }).length;
    const streams = Array.from({ length: 20 }, () => subjectFs.createReadStream(`${dir}/file`));
    await Promise.all(
      streams.map(async (stream) => {
        await once(stream, 'data');
        stream.destroy();
        stream.on('data', () => {
          throw new Error('data after destroy');
        });
        await once(stream, 'close');
      }),
    );
    expect(open()).toBe(0);
  });

  test('for await, pipeline and readable give the bytes', async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/file`, pattern(700_001));
    const chunks = [];
    for await (const chunk of subjectFs.createReadStream(`${dir}/file`)) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(pattern(700_001))).toBe(true);
    expect(chunks[0]?.length).toBe(65_536);
    await pipeline(subjectFs.createReadStream(`${dir}/file`), subjectFs.createWriteStream(`${dir}/copy`));
    expect(fs.readFileSync(`${dir}/copy`).equals(pattern(700_001))).toBe(true);
  });
});

describe('createWriteStream', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['an encoding', 'latin1'],
    ['{}', {}],
    ['flags a', { flags: 'a' }],
    ['flags wx', { flags: 'wx' }],
    ['flags r+ and start', { flags: 'r+', start: 5 }],
    ['mode', { mode: 0o600 }],
    ['flush', { flush: true }],
    ['autoClose false', { autoClose: false }],
    ['highWaterMark', { highWaterMark: 3 }],
    ['flush null', { flush: null }],
  ])('with %s', async (_name, options) => {
    for (const tail of ['file', 'new', 'folder', 'no/such']) {
      await same((api, dir) => {
        const stream = api.createWriteStream(`${dir}/${tail}`, options);
        const seen = watched(stream);
        stream.write('first ');
        stream.write(Buffer.from('second '));
        stream.write('tüird');
        stream.end('.');
        return seen;
      });
    }
  });

  test('flush of the wrong type throws as in Node', async () => {
    await same((api) => {
      api.createWriteStream('x', { flush: 'yes' });
    });
  });

  test('to a descriptor and to a FileHandle; what is corked goes out by writev', async () => {
    await same((api, dir) => {
      const stream = api.createWriteStream('', { fd: fs.openSync(`${dir}/file`, 'r+'), start: 3 });
      const seen = watched(stream);
      stream.end('XYZ');
      return seen;
    });
    await same(async (api, dir) => {
      const handle = await api.promises.open(`${dir}/file`, 'r+');
      const stream = api.createWriteStream('', { fd: handle });
      const seen = watched(stream);
      stream.cork();
      for (let i = 0; i < 50; i++) stream.write(`${i},`);
      stream.uncork();
      stream.end();
      return [await seen, handle.fd];
    });
    await same((api, dir) => {
      const stream = api.createWriteStream(`${dir}/new`);
      const seen = watched(stream);
      stream.cork();
      for (let i = 0; i < 50; i++) stream.write(pattern(2000, i));
      process.nextTick(() => stream.uncork());
      stream.end();
      return seen;
    });
  });

  test('to /dev/full says ENOSPC', async () => {
    await same((api) => {
      const stream = api.createWriteStream('/dev/full');
      const seen = watched(stream);
      stream.end('x');
      return seen;
    });
  });

  test('3 MB in many chunks arrive whole and in order', async () => {
    const dir = tempDir();
    const stream = subjectFs.createWriteStream(`${dir}/file`);
    for (let i = 0; i < 300; i++) if (!stream.write(pattern(10_000, i))) await once(stream, 'drain');
    stream.end();
    await finished(stream);
    const expected = Buffer.concat(Array.from({ length: 300 }, (_, i) => pattern(10_000, i)));
    expect(fs.readFileSync(`${dir}/file`).equals(expected)).toBe(true);
    expect(stream.bytesWritten).toBe(3_000_000);
  });

  test('close with a callback', async () => {
    await same((api, dir) => {
      const stream = api.createWriteStream(`${dir}/new`);
      stream.write('x');
      return new Promise((resolve) => stream.close((error: unknown) => resolve([error, stream.closed])));
    });
  });
});

describe('the classes', () => {
  test.each(['ReadStream', 'WriteStream', 'FileReadStream', 'FileWriteStream'] as const)(
    '%s',
    async (name) => {
      await same(async (api, dir) => {
        const Class = api[name];
        const Plain = untyped(fs)[name];
        const made = [new Class(`${dir}/file`, { flags: 'r+' }), Class(`${dir}/file`, { flags: 'r+' })];
        class Modern extends (Class as new (...args: unknown[]) => object) {}
        made.push(new Modern(`${dir}/file`, { flags: 'r+' }));
        const Old = function (this: object, ...args: unknown[]) {
          Class.apply(this, args);
        } as unknown as new (
          ...args: unknown[]
        ) => object;
        util.inherits(Old as never, Class);
        made.push(new Old(`${dir}/file`, { flags: 'r+' }));
        const seen = made.map((stream) => [
          stream instanceof Class,
          stream instanceof Plain,
          stream instanceof Modern,
          stream instanceof (Old as never),
          stream.constructor === Class,
          stream.constructor.name,
          Object.getPrototypeOf(stream) === Class.prototype,
          util.inspect(stream).split(' ')[0],
        ]);
        await Promise.all(
          made.map(async (stream) => {
            stream.destroy();
            await once(stream, 'close');
          }),
        );
        return [
          seen,
          Class.name,
          Class.length,
          Class.prototype.constructor === Class,
          {} instanceof Class,
          (undefined as unknown) instanceof Class,
          api.ReadStream === api.FileReadStream,
          api.WriteStream === api.FileWriteStream,
        ];
      });
    },
  );

  test('streams that Node makes are instances too', async () => {
    const file = `${tempDir()}/file`;
    fs.writeFileSync(file, TEXT);
    const streams = [fs.createReadStream(file), (await subjectFs.promises.open(file)).createReadStream()];
    for (const stream of streams) {
      expect(stream instanceof subjectFs.ReadStream).toBe(true);
      expect((stream as unknown) instanceof subjectFs.WriteStream).toBe(false);
      stream.destroy();
      await once(stream, 'close');
    }
  });

  test('changing ours changes nothing of Node’s', () => {
    if (subjectName === 'node') return;
    untyped(subjectFs.ReadStream.prototype).extra = true;
    expect('extra' in fs.ReadStream.prototype).toBe(false);
    delete untyped(subjectFs.ReadStream.prototype).extra;
  });

  test('can be set, and createReadStream takes what was set', async () => {
    const script = `
      const fs = require(process.env.FS_SPECIFIER);
      const Before = fs.ReadStream;
      class Mine extends Before {}
      fs.ReadStream = Mine;
      const stream = fs.createReadStream('/dev/null');
      console.log(stream instanceof Mine, fs.ReadStream === Mine, fs.FileReadStream === Before);
      stream.resume();`;
    expect(await runChild(script)).toEqual({ code: 0, stdout: 'true true true\n', stderr: '' });
  });

  test('a function that is patched in our module is the one that streams use', async () => {
    const script = `
      const fs = require(process.env.FS_SPECIFIER);
      const { read } = fs;
      fs.read = (...args) => { console.log('patched'); fs.read = read; read(...args); };
      fs.createReadStream('/proc/version').on('close', () => console.log('closed')).resume();`;
    expect(await runChild(script)).toEqual({ code: 0, stdout: 'patched\nclosed\n', stderr: '' });
  });
});
