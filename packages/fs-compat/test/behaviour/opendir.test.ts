// opendir: a folder read entry by entry, through Node's own Dir. All as the running Node has it.
import { AsyncLocalStorage } from 'node:async_hooks';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as util from 'node:util';
import { facesOf, sameCallback } from '../support/callbacks';
import { ENCODINGS } from '../support/encodings';
import {
  backend,
  type FsPromises,
  fsp,
  mkfifo,
  nodeMajor,
  runChild,
  sameError,
  sameOutcome,
  sameValue,
  subjectFs,
  subjectFsSpecifier,
  subjectName,
  subjectSpecifier,
  tempDir,
  testBeyondNode,
  untyped,
} from '../support/subject';
import { sharing } from '../support/zoo';

jest.setTimeout(30_000); // also where the machine is busy

type Prepare = (dir: string) => void;

/** Both sides look at one folder: the order of entries is the filesystem's, and must be the same. */

const files =
  (count: number): Prepare =>
  (dir) => {
    for (let i = 0; i < count; i++) fs.writeFileSync(`${dir}/name-${i}`, '');
  };

function zoo(dir: string): void {
  fs.mkdirSync(`${dir}/a/x/1`, { recursive: true });
  fs.mkdirSync(`${dir}/b/y`, { recursive: true });
  fs.mkdirSync(`${dir}/empty`);
  for (const file of ['a/f', 'a/g', 'a/x/1/deep', 'b/g', 'z', 'é', 'a/x/😀'])
    fs.writeFileSync(`${dir}/${file}`, 'x');
  fs.symlinkSync('a', `${dir}/link`);
  fs.symlinkSync('nowhere', `${dir}/dangling`);
  mkfifo(`${dir}/fifo`);
}

async function all(dir: AsyncIterable<fs.Dirent>): Promise<fs.Dirent[]> {
  const found = [];
  for await (const entry of dir) found.push(entry);
  return found;
}

/** Reads to the end and once more, by one of the ways to read. */
async function readAll(dir: fs.Dir, read: (dir: fs.Dir, i: number) => unknown): Promise<unknown[]> {
  const found = [];
  for (let i = 0; found.at(-1) !== null; i++) found.push(await read(dir, i));
  found.push(await read(dir, 0));
  await dir.close();
  return found;
}

const byCallback = (dir: fs.Dir): Promise<unknown> =>
  new Promise((resolve, reject) => dir.read((error, entry) => (error ? reject(error) : resolve(entry))));

const ways: [string, (dir: fs.Dir, i: number) => unknown][] = [
  ['promises', (dir) => dir.read()],
  ['callbacks', byCallback],
  ['readSync', (dir) => dir.readSync()],
  [
    'all three by turns',
    (dir, i) => [dir.read.bind(dir), () => byCallback(dir), () => dir.readSync()][i % 3](),
  ],
];

/** The descriptors of this process that are open on the folder. */
function descriptorsOn(dir: string): number[] {
  const real = fs.realpathSync(dir);
  return fs
    .readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`) === real;
      } catch {
        return false;
      }
    });
}

describe('entries', () => {
  test.each([0, 1, 31, 32, 33, 64, 65, 3000])('all %i of them, in Node’s order', async (count) => {
    const found = await sameValue(async (api, dir) => all(await api.opendir(dir)), sharing(files(count)));
    expect((found as unknown[]).length).toBe(count);
  });

  test.each(ways)('read by %s, to null and beyond', async (_, read) => {
    for (const options of [undefined, { bufferSize: 1 }, { bufferSize: 7 }, { bufferSize: 5000 }]) {
      const found = await sameValue(
        async (api, dir) => readAll(await api.opendir(dir, options), read),
        sharing(files(75)),
      );
      expect((found as unknown[]).length).toBe(77);
    }
  });

  test('a folder larger than one system call gives, with and without large batches', async () => {
    const dir = tempDir();
    files(2600)(dir);
    for (const bufferSize of [1, 32, 1000, 1300, 2000, 100_000])
      await sameValue(async (api) =>
        (await all(await api.opendir(dir, { bufferSize }))).map((entry) => entry.name),
      );
  });

  test('of every kind, with the folder they are in', async () => {
    const found = await sameValue(async (api, dir) => all(await api.opendir(dir)), sharing(zoo));
    expect((found as unknown[]).length).toBe(8);
    await sameValue(async (api) => all(await api.opendir('/dev')).then((list) => list.length));
  });

  test('recursively, in the order that the running Node has with that bufferSize', async () => {
    for (const bufferSize of [1, 2, 3, 32])
      for (const [, read] of ways)
        await sameValue(
          async (api, dir) => readAll(await api.opendir(dir, { recursive: true, bufferSize }), read),
          sharing(zoo),
        );
    await sameValue(async (api, dir) => all(await api.opendir(dir, { recursive: true })), sharing(zoo));
  });

  test('what is made after the opening and before the first read is found', async () => {
    const late = async (api: FsPromises, dir: string): Promise<unknown> => {
      const opened = await api.opendir(dir);
      fs.writeFileSync(`${dir}/late`, '');
      return all(opened);
    };
    expect((await sameValue(late)) as unknown[]).toHaveLength(1);
  });

  test('what is made after the end is found by the next read', async () => {
    const late = async (api: FsPromises, dir: string): Promise<unknown> => {
      const opened = await api.opendir(dir);
      const found = [await opened.read(), await opened.read(), opened.readSync()];
      fs.writeFileSync(`${dir}/late`, '');
      found.push(await opened.read(), opened.readSync());
      await opened.close();
      return found;
    };
    await sameValue(late, files(1));
  });

  test('a folder that is removed while it is open has no entries', async () => {
    const removed = async (api: FsPromises, dir: string): Promise<unknown> => {
      fs.mkdirSync(`${dir}/short-lived`);
      const opened = await api.opendir(`${dir}/short-lived`);
      fs.rmdirSync(`${dir}/short-lived`);
      return readAll(opened, (each, i) => (i === 0 ? each.read() : each.readSync()));
    };
    expect(await sameValue(removed)).toEqual([null, null]);
  });
});

describe('options', () => {
  const odd = (dir: string): void => {
    for (const name of ['a', 'é', '日本', '😀', 'ÿ', 'n'.repeat(255), 'a\nb'])
      fs.writeFileSync(`${dir}/${name}`, '');
    for (const bytes of [[0xff], [0x61, 0xff], [0xed, 0xa0, 0x80]])
      fs.writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(bytes)]), '');
  };

  test.each([...ENCODINGS, 'buffer', null, undefined])('encoding %s', async (encoding) => {
    for (const options of [encoding, { encoding }, { encoding, bufferSize: 3 }])
      await sameOutcome(async (api, dir) => all(await untyped(api).opendir(dir, options)), sharing(odd));
  });

  test('a Buffer for every name, each with memory of its own', async () => {
    const names = async (api: FsPromises, dir: string): Promise<unknown> =>
      (await all(await untyped(api).opendir(dir, 'buffer'))).map((entry) => entry.name);
    await sameValue(names, sharing(odd));
  });

  test('hostile ones are Node’s to refuse', async () => {
    const hostile = [
      0,
      1,
      true,
      'no-such',
      '',
      [],
      { encoding: 'no-such' },
      { encoding: 5 },
      { encoding: '' },
    ];
    hostile.push(
      { signal: 5 } as never,
      Symbol('s') as never,
      5n as never,
      { signal: new AbortController().signal } as never,
    );
    for (const options of hostile)
      await sameOutcome(async (api, dir) => all(await untyped(api).opendir(dir, options)), sharing(files(3)));
  });

  test('more or fewer arguments than there are', async () => {
    await sameOutcome((api) => untyped(api).opendir());
    await sameOutcome((api, dir) => untyped(api).opendir(dir, undefined, 5));
    await sameOutcome(async (api, dir) => all(await untyped(api).opendir(dir, undefined)), sharing(files(3)));
    await sameOutcome(async (api, dir) => all(await untyped(api).opendir(dir, null)), sharing(files(3)));
  });

  test('a bufferSize that is none throws where Node throws', async () => {
    const script = (specifier: string): string => `
      const { opendir } = require('${specifier}');
      process.on('uncaughtException', (error) => console.log('uncaught', error.code, error.message));
      for (const bufferSize of [0, -1, 1.5, NaN, Infinity, 2 ** 32, '1', null, undefined, {}, 5n])
        opendir('.', { bufferSize }).then(() => console.log('opened'), (error) => console.log('rejected', error.code));`;
    const [ours, theirs] = [
      await runChild(script(subjectSpecifier)),
      await runChild(script('node:fs/promises')),
    ];
    expect(ours.stdout.split('\n').sort()).toEqual(theirs.stdout.split('\n').sort());
    expect([ours.code, ours.stdout.match(/uncaught/g)?.length]).toEqual([0, 11]);
  });
});

describe('paths', () => {
  test('text, bytes and URLs, absolute and relative', async () => {
    const kinds: ((dir: string) => unknown)[] = [
      (dir) => dir,
      (dir) => `${dir}/`,
      (dir) => path.relative(process.cwd(), dir),
      (dir) => Buffer.from(dir),
      (dir) => new Uint8Array(Buffer.from(dir)),
      (dir) => pathToFileURL(dir),
    ];
    for (const kind of kinds)
      await sameOutcome(async (api, dir) => {
        const opened = await untyped(api).opendir(kind(dir));
        const shown = opened.path;
        return { shown: Buffer.from(shown).toString(), type: typeof shown, entries: await all(opened) };
      }, sharing(zoo));
  });

  // In Node it may mean the folder of a moment later, where its thread comes to it.
  testBeyondNode('a relative one means the folder of the call', async () => {
    const home = process.cwd();
    const scene = async (api: FsPromises, dir: string): Promise<unknown> => {
      process.chdir(`${dir}/a`);
      try {
        const opening = api.opendir('.');
        process.chdir(`${dir}/b`);
        return (await all(await opening)).map((entry) => entry.name).sort();
      } finally {
        process.chdir(home);
      }
    };
    const dir = tempDir();
    zoo(dir);
    expect(await scene(fsp, dir)).toEqual(['f', 'g', 'x']);
  });

  test('those that cannot be opened are refused as by Node', async () => {
    const broken: [string, string][] = [
      ['missing', 'ENOENT'],
      ['missing/below', 'ENOENT'],
      ['z', 'ENOTDIR'],
      ['z/below', 'ENOTDIR'],
      ['fifo', 'ENOTDIR'],
      ['dangling', 'ENOENT'],
      ['n'.repeat(256), 'ENAMETOOLONG'],
      ['n/'.repeat(3000), 'ENAMETOOLONG'],
    ];
    for (const [name, code] of broken) {
      const error = await sameError(code, (api, dir) => api.opendir(`${dir}/${name}`), zoo);
      expect(error.syscall).toBe('opendir');
      await sameError(code, (api, dir) => api.opendir(Buffer.from(`${dir}/${name}`)), zoo);
      await sameCallback((api, dir, cb) => api.opendir(`${dir}/${name}`, cb), zoo);
    }
    await sameError('ENOENT', (api) => api.opendir(''));
    for (const wrong of [
      undefined,
      null,
      5,
      {},
      'nul\0',
      Buffer.from('nul\0'),
      new URL('http://host/'),
      Symbol('s'),
    ])
      await sameOutcome((api) => untyped(api).opendir(wrong));
  });
});

describe('Dir', () => {
  test('is Node’s own, and looks it', async () => {
    const opened = await fsp.opendir('/');
    expect(opened).toBeInstanceOf(fs.Dir);
    expect(Object.getPrototypeOf(opened)).toBe(fs.Dir.prototype);
    await opened.close();
    const script = (specifier: string): string =>
      `require('${specifier}').opendir('/').then((dir) => { console.log(dir); dir.closeSync(); console.log(dir); });`;
    expect(await runChild(script(subjectSpecifier))).toEqual(await runChild(script('node:fs/promises')));
  });

  test('closed twice, read when closed', async () => {
    const uses: ((dir: fs.Dir) => unknown)[] = [
      (dir) => dir.close(),
      (dir) => dir.closeSync(),
      (dir) => new Promise((resolve) => dir.close((...args: unknown[]) => resolve(args))),
      (dir) => dir.read(),
      (dir) => dir.readSync(),
      byCallback,
      all,
      (dir) => untyped(dir)[Symbol.asyncDispose]?.(),
    ];
    for (const [first, second] of uses.slice(0, 3).flatMap((one) => uses.map((two) => [one, two] as const)))
      await sameOutcome(async (api, dir) => {
        const opened = await api.opendir(dir);
        const closed = await first(opened);
        try {
          return [closed, await second(opened), descriptorsOn(dir)];
        } catch (error) {
          return [closed, error, descriptorsOn(dir)];
        }
      }, files(2));
  });

  test('synchronous calls while one is under way', async () => {
    for (const use of [(dir: fs.Dir) => dir.readSync(), (dir: fs.Dir) => dir.closeSync()])
      await sameOutcome(async (api, dir) => {
        const opened = await api.opendir(dir);
        const reading = opened.read();
        let thrown: unknown;
        try {
          use(opened);
        } catch (error) {
          thrown = error;
        }
        const read = await reading;
        await opened.close();
        return [thrown, (thrown as NodeJS.ErrnoException).code, read];
      }, files(1));
  });

  test('several at once take their turn, the close too', async () => {
    const found = await sameValue(
      async (api, dir) => {
        const opened = await api.opendir(dir, { bufferSize: 2 });
        const reads = Array.from({ length: 9 }, () => opened.read());
        const seen = await Promise.all([...reads, opened.close()]);
        return [seen, descriptorsOn(dir)];
      },
      sharing(files(6)),
    );
    expect((found as [unknown[]])[0].filter((entry) => entry === null)).toHaveLength(3);
  });

  test('iterating closes it, also when it is left early', async () => {
    const early = async (api: FsPromises, dir: string): Promise<unknown> => {
      const opened = await api.opendir(dir);
      for await (const entry of opened) {
        if (entry.isFile()) break;
      }
      return [descriptorsOn(dir), await opened.close().catch((error) => error.code)];
    };
    expect(await sameValue(early, files(40))).toEqual([[], 'ERR_DIR_CLOSED']);
  });

  test('wrong callbacks', async () => {
    for (const wrong of [null, 5, {}, 'text'])
      for (const name of ['read', 'close'])
        await sameOutcome(async (api, dir) => {
          const opened = await api.opendir(dir);
          try {
            return await untyped(opened)[name](wrong);
          } catch (error) {
            return error;
          } finally {
            opened.closeSync();
          }
        });
  });

  test('a read that fails says so as in Node, and the close after it does not', async () => {
    const reads: ((dir: fs.Dir) => unknown)[] = [
      (dir) => dir.read(),
      (dir) => new Promise((resolve) => dir.read((...args: unknown[]) => resolve(args))),
      (dir) => dir.readSync(),
    ];
    for (const read of reads)
      for (const close of [(dir: fs.Dir) => dir.close(), (dir: fs.Dir) => dir.closeSync()])
        await sameOutcome(async (api, dir) => {
          const opened = await api.opendir(dir);
          // Somebody closes its descriptor.
          for (const fd of descriptorsOn(dir)) fs.closeSync(fd);
          const seen = [];
          for (let i = 0; i < 2; i++) {
            try {
              seen.push(await read(opened));
            } catch (error) {
              seen.push(error, (error as NodeJS.ErrnoException).syscall);
            }
          }
          return [seen, await close(opened)];
        }, files(2));
  });

  test('hundreds at once', async () => {
    await sameValue(async (api, dir) => {
      const read = async () => (await all(await api.opendir(dir, { bufferSize: 3 }))).length;
      return await Promise.all(Array.from({ length: 300 }, read));
    }, files(10));
  });

  test('disposes of itself where Node’s does', async () => {
    if (nodeMajor < 22) return;
    await sameValue(async (api, dir) => {
      const [one, two] = [await api.opendir(dir), await api.opendir(dir)];
      await untyped(one)[(Symbol as unknown as Record<'asyncDispose', symbol>).asyncDispose]();
      untyped(two)[(Symbol as unknown as Record<'dispose', symbol>).dispose]?.();
      return descriptorsOn(dir).length - (descriptorsOn(dir).length > 0 ? 1 : 0);
    });
  });
});

describe('callbacks', () => {
  test('fs.opendir, with and without options', async () => {
    const tell =
      (cb: (...args: unknown[]) => void) =>
      async (error: unknown, opened: fs.Dir, ...more: unknown[]) =>
        cb(error, opened instanceof fs.Dir, more, await all(opened));
    for (const options of [[], [undefined], [null], ['utf8'], [{ recursive: true }], ['buffer']])
      await sameCallback((api, dir, cb) => api.opendir(dir, ...options, tell(cb)), sharing(zoo));
    await sameCallback((api, dir, cb) => api.opendir(dir, 'no-such', cb));
    await sameCallback((api, dir) => api.opendir(dir));
    await sameCallback((api, dir) => api.opendir(dir, {}, 5));
    await sameCallback((api, dir) => api.opendir(dir, {}, 5, () => {}));
    await sameValue(async (api, dir) => all(await util.promisify(facesOf(api).opendir)(dir)), sharing(zoo));
  });

  test('keep the async context, as Node’s do', async () => {
    const dir = tempDir();
    files(3)(dir);
    const storage = new AsyncLocalStorage<string>();
    const heardOn = (api: typeof fs): Promise<unknown[]> =>
      new Promise((resolve) => {
        const heard: unknown[] = [];
        const hear = (): number => heard.push(storage.getStore());
        const close = (opened: fs.Dir): void =>
          opened.close(() => {
            hear();
            resolve(heard);
          });
        const reread = (opened: fs.Dir): void =>
          opened.read(() => {
            hear();
            storage.run('queued close', close, opened);
          });
        const read = (opened: fs.Dir): void =>
          opened.read(() => {
            hear();
            setImmediate(() => storage.run('reread', reread, opened));
          });
        const opened = (_: unknown, opened: fs.Dir): void => {
          hear();
          storage.run('read', read, opened);
        };
        storage.run('opendir', () => api.opendir(dir, { bufferSize: 1 }, opened));
      });
    const heard = await heardOn(subjectFs);
    expect(heard).toEqual(await heardOn(fs));
    expect(heard.slice(0, 3)).toEqual(['opendir', 'read', 'reread']);
  });

  test('that throw are uncaught exceptions, and nothing hangs', async () => {
    const script = (specifier: string, inRead: string): string => `
      const { opendir } = require('${specifier}');
      process.on('uncaughtException', (error) => console.log('uncaught', error.message));
      opendir('.', (_, dir) => {
        dir.read(() => { setImmediate(() => dir.close(() => { throw new Error('close'); })); ${inRead} });
        throw new Error('opendir');
      });`;
    const calm = await runChild(script(subjectFsSpecifier, ''));
    expect(calm).toEqual(await runChild(script('node:fs', '')));
    expect(calm.stdout).toBe('uncaught opendir\nuncaught close\n');
    // Node's Dir calls it again, with its own error. What it throws then Node 24 and 26 lose.
    const wild = await runChild(script(subjectFsSpecifier, "throw new Error('read');"));
    const lost = nodeMajor >= 24 && (subjectName === 'node' || backend === 'node');
    const lines = ['opendir', ...(lost ? [] : ['read']), 'close', 'close'].map(
      (name) => `uncaught ${name}\n`,
    );
    expect(wild).toEqual({ code: 0, stdout: lines.join(''), stderr: '' });
  });
});

describe('the descriptor', () => {
  const isOpen = `
    const fs = require('node:fs');
    const isOpen = () => fs.readdirSync('/proc/self/fd').some((fd) => {
      try { return fs.readlinkSync('/proc/self/fd/' + fd) === process.env.DIR; } catch { return false; }
    });
    const sleep = () => new Promise((resolve) => setTimeout(resolve, 20));`;

  test('is closed by the collector, which warns as the running Node does', async () => {
    const dir = fs.realpathSync(tempDir());
    files(40)(dir);
    const script = (specifier: string): string => `${isOpen}
      const { opendir } = require('${specifier}');
      process.on('warning', (warning) => console.log(warning.name, warning.code, warning.message));
      const use = async () => {
        const dir = await opendir(process.env.DIR);
        await dir.read();
        console.log(isOpen());
      };
      use().then(async () => {
        for (let i = 0; i < 100 && isOpen(); i += 1) { gc(); await sleep(); }
        await sleep();
        console.log(isOpen());
      });`;
    const flags = ['--expose-gc', '--no-warnings'];
    const ours = await runChild(script(subjectSpecifier), { flags, dir });
    expect(ours).toEqual(await runChild(script('node:fs/promises'), { flags, dir }));
    expect(ours.stdout).toBe(
      'true\nWarning undefined Closing directory handle on garbage collection\nfalse\n',
    );
  });

  test('is not closed by the collector while it is read', async () => {
    const dir = fs.realpathSync(tempDir());
    files(2000)(dir);
    const script = `
      const read = async () => (await subject.opendir(process.env.DIR)).read();
      (async () => {
        let found = 0;
        for (let i = 0; i < 200; i += 1) {
          const reading = read();
          await new Promise(setImmediate);
          gc();
          found += (await reading).name.length > 0 ? 1 : 0;
        }
        console.log(found);
      })();`;
    const { code, stdout } = await runChild(script, { flags: ['--expose-gc', '--no-warnings'], dir });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '200\n' });
  });

  const workers = `${isOpen}
    const { Worker } = require('node:worker_threads');
    const worker = async (body) => {
      const head = 'const { parentPort } = require("node:worker_threads"); const { opendir } = require(process.env.SUBJECT_SPECIFIER);';
      const made = new Worker(head + body, { eval: true });
      await new Promise((resolve) => made.once('message', resolve));
      return made;
    };`;

  test('does not outlive its worker', async () => {
    const dir = fs.realpathSync(tempDir());
    files(100)(dir);
    const script = `${workers}
      const body = \`
        globalThis.kept = [];
        const open = async () => {
          const dir = await opendir(process.env.DIR);
          await dir.read();
          kept.push(dir);
        };
        Promise.all([open(), open(), open()]).then(() => parentPort.postMessage(0));
        setInterval(() => {}, 1000);\`;
      worker(body).then(async (made) => {
        const before = isOpen();
        await made.terminate();
        console.log(before, isOpen());
      });`;
    const { code, stdout } = await runChild(script, { dir });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'true false\n' });
  });

  // Node loses what is being opened when the worker ends.
  testBeyondNode(
    'does not outlive a worker that is terminated while it opens, reads and closes',
    async () => {
      const dir = fs.realpathSync(tempDir());
      files(3000)(dir);
      const script = `${workers}
      const body = \`
        const go = async () => {
          for (;;) {
            const dir = await opendir(process.env.DIR, { bufferSize: 2000 });
            await dir.read();
            await dir.close();
          }
        };
        for (let i = 0; i < 4; i += 1) go();
        setTimeout(() => parentPort.postMessage(0), 5);\`;
      (async () => {
        for (let i = 0; i < 10; i += 1) await (await worker(body)).terminate();
        console.log(isOpen());
      })();`;
      const { code, stdout } = await runChild(script, { dir });
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'false\n' });
    },
  );
});

testBeyondNode('no thread of libuv’s serves it', async () => {
  const dir = tempDir();
  files(100)(dir);
  mkfifo(`${dir}/fifo`);
  // The only thread of libuv's waits for a writer of the FIFO.
  const script = `
    const fs = require('node:fs');
    let opened = false;
    fs.open(process.env.DIR + '/fifo', () => { opened = true; });
    (async () => {
      let count = 0;
      for await (const entry of await subject.opendir(process.env.DIR)) count += 1;
      require(process.env.FS_SPECIFIER).opendir(process.env.DIR, (_, dir) => dir.read((_, entry) => dir.close((error) => {
        console.log(count, typeof entry.name, error, opened);
        fs.openSync(process.env.DIR + '/fifo', 'r+');
      })));
    })();`;
  process.env.UV_THREADPOOL_SIZE = '1';
  try {
    expect(await runChild(script, { dir })).toEqual({
      code: 0,
      stdout: '101 string null false\n',
      stderr: '',
    });
  } finally {
    delete process.env.UV_THREADPOOL_SIZE;
  }
});
