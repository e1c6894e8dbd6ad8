// What asynchronous code expects beside the result: its context, a stack that names it, and its rejections.
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { facesOf } from '../support/callbacks';
import {
  type FsPromises,
  fsp,
  pattern,
  runChild,
  sameValue,
  subjectFs,
  subjectName,
  tempDir,
  untyped,
  withHandle,
} from '../support/subject';

const scene = (dir: string): void => {
  fs.writeFileSync(`${dir}/file`, 'content');
  fs.writeFileSync(`${dir}/large`, pattern(300_000));
};

/** Calls that succeed or fail, each where it is served another way: cached, on a thread, by Node. */
const calls: [string, (api: FsPromises, dir: string, i: number) => Promise<unknown>][] = [
  ['readFile', (api, dir) => api.readFile(`${dir}/file`)],
  ['readFile of a large file', (api, dir) => api.readFile(`${dir}/large`)],
  ['readFile of nothing', (api, dir) => api.readFile(`${dir}/missing`)],
  ['readFile with wrong options', (api, dir) => api.readFile(`${dir}/file`, 5 as never)],
  ['writeFile', (api, dir, i) => api.writeFile(`${dir}/new-${i}`, 'x')],
  ['appendFile', (api, dir) => api.appendFile(`${dir}/file`, 'x')],
  ['stat', (api, dir) => api.stat(`${dir}/file`)],
  ['lstat of nothing', (api, dir) => api.lstat(`${dir}/missing`)],
  ['access', (api, dir) => api.access(`${dir}/file`)],
  ['mkdir', (api, dir, i) => api.mkdir(`${dir}/folder-${i}`)],
  ['unlink of nothing', (api, dir) => api.unlink(`${dir}/missing`)],
  ['rename of nothing', (api, dir) => api.rename(`${dir}/missing`, `${dir}/new`)],
  ['readdir', (api, dir) => api.readdir(dir)],
  ['open and close', async (api, dir) => (await api.open(`${dir}/file`)).close()],
  [
    'methods of a handle',
    (api, dir) =>
      withHandle(api, `${dir}/file`, 'r+', async (handle) => {
        await handle.read(Buffer.alloc(3));
        await handle.readv([Buffer.alloc(1), Buffer.alloc(1)]);
        await handle.write('x');
        await handle.stat();
        await handle.sync();
      }),
  ],
];

describe('AsyncLocalStorage', () => {
  test.each(calls)('%s keeps the store of its caller, 20 at once', async (_name, call) => {
    const dir = tempDir();
    scene(dir);
    const storage = new AsyncLocalStorage<number>();
    const one = async (i: number): Promise<void> => {
      try {
        await call(fsp, dir, i);
      } catch {
        // Failures keep it too.
      }
      expect(storage.getStore()).toBe(i);
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => storage.run(i, () => one(i))));
    expect(storage.getStore()).toBe(undefined);
  });

  test('callbacks have the store of the call, however many come at once', async () => {
    const dir = tempDir();
    scene(dir);
    const storage = new AsyncLocalStorage<string>();
    const file = `${dir}/file`;
    const fd = fs.openSync(file, 'r+');
    const api = untyped(subjectFs);
    const ways: Record<string, (cb: (...args: unknown[]) => void) => void> = {
      stat: (cb) => api.stat(file, cb),
      missing: (cb) => api.stat(`${dir}/missing`, cb),
      readFile: (cb) => api.readFile(`${dir}/large`, cb),
      exists: (cb) => api.exists(file, cb),
      read: (cb) => api.read(fd, Buffer.alloc(4), 0, 4, 0, cb),
      write: (cb) => api.write(fd, 'x', 0, cb),
      writev: (cb) => api.writev(fd, [Buffer.from('a'), Buffer.from('b')], 0, cb),
      fsync: (cb) => api.fsync(fd, cb),
      readdir: (cb) => api.readdir(dir, cb),
    };
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        Object.entries(ways).map(
          ([name, way]) =>
            new Promise<void>((resolve, reject) => {
              storage.run(`${name} ${i}`, () =>
                way(() => {
                  const store = storage.getStore();
                  const wanted = `${name} ${i}`;
                  process.nextTick(() => {
                    if (store === wanted && storage.getStore() === wanted) resolve();
                    else reject(new Error(`${wanted} was called with ${store}, ${storage.getStore()}`));
                  });
                }),
              );
            }),
        ),
      ).flat(),
    );
    fs.closeSync(fd);
  });

  test('the events of streams come with the stores that Node’s have', async () => {
    const storage = new AsyncLocalStorage<string>();
    const call = async (api: FsPromises, dir: string) => {
      const faces = facesOf(api);
      const seen: unknown[] = [];
      const watch = (stream: NodeJS.EventEmitter): NodeJS.EventEmitter => {
        for (const name of ['open', 'ready', 'end', 'finish', 'error', 'close'])
          stream.on(name, () => seen.push([name, storage.getStore()]));
        return stream;
      };
      for (const tail of ['large', 'missing']) {
        const stream = storage.run('reader', () => watch(faces.createReadStream(`${dir}/${tail}`)));
        storage.run('listener', () => stream.on('data', () => seen.push(['data', storage.getStore()])));
        await new Promise((resolve) => stream.once('close', resolve));
      }
      const writer = storage.run('writer', () => watch(faces.createWriteStream(`${dir}/new`)));
      storage.run('write', () =>
        untyped(writer).write('x', () => seen.push(['written', storage.getStore()])),
      );
      storage.run('end', () => untyped(writer).end('y'));
      await once(writer, 'close');
      return seen;
    };
    await sameValue(call, scene);
  });
});

describe('async_hooks', () => {
  test('what led to a callback or a continuation can be followed back to the call', async () => {
    const dir = tempDir();
    scene(dir);
    const script = `
      const hooks = require('node:async_hooks');
      const fs = require(process.env.FS_SPECIFIER);
      const cause = new Map();
      hooks.createHook({ init(id, type, trigger) { cause.set(id, trigger); } }).enable();
      const leads = (from) => {
        const seen = new Set();
        for (let id = hooks.executionAsyncId(); id > 1 && !seen.has(id); id = cause.get(id)) {
          if (id === from) return true;
          seen.add(id);
        }
        return false;
      };
      const file = process.env.DIR + '/file';
      const check = (name, start) => {
        const resource = new hooks.AsyncResource('CALLER');
        resource.runInAsyncScope(() => start(() => console.log(name, leads(resource.asyncId()))));
      };
      check('stat', (then) => fs.stat(file, then));
      check('stat of nothing', (then) => fs.stat(file + 'x', then));
      check('readFile', (then) => fs.readFile(process.env.DIR + '/large', then));
      check('promise', (then) => subject.stat(file).then(then));`;
    const { code, stdout, stderr } = await runChild(script, { dir });
    expect([code, stderr]).toEqual([0, '']);
    const lines = ['promise', 'readFile', 'stat of nothing', 'stat'].map((name) => `${name} true`);
    expect(stdout.trim().split('\n').sort()).toEqual(lines);
  });

  // Hooks run while outcomes are made and read; what they begin must not disturb those.
  const inHooks: [string, string][] = [
    ['the init of a handle', `init(id, type) { if (type === 'FILEHANDLE') more(); }`],
    ['the init of a promise', `init(id, type) { if (type === 'PROMISE') more(); }`],
    ['the settling of a promise', 'promiseResolve() { more(); }'],
  ];
  test.each(inHooks)(
    'thousands of calls made in %s all settle, and so do those around them',
    async (_, hook) => {
      const dir = tempDir();
      scene(dir);
      const script = `
      const { createHook } = require('node:async_hooks');
      const file = process.env.DIR + '/file';
      let left = 3000, inside = false;
      const wrong = [], begun = [];
      const expects = (promise, right) => promise.then((value) => { if (!right(value)) wrong.push(value); }, (error) => wrong.push(error));
      const one = (i) => {
        if (i % 6 === 0) return expects(subject.readFile(file, 'utf8'), (text) => text === 'content');
        if (i % 6 === 1) return expects(subject.stat(file), (stats) => stats.size === 7);
        if (i % 6 === 2) return expects(subject.access(file + 'x').catch((error) => error.code), (code) => code === 'ENOENT');
        if (i % 6 === 3) return expects(subject.readFile(file), (bytes) => String(bytes) === 'content');
        if (i % 6 === 4) return expects(subject.open(file).then((handle) => handle.close()), (value) => value === undefined);
        return expects(subject.writeFile(process.env.DIR + '/new-' + i % 50, 'x'), (value) => value === undefined);
      };
      const more = () => {
        if (inside || left <= 0) return;
        inside = true;
        // Of the first hook more than a batch has room for.
        for (let n = left === 3000 ? 1500 : 50; n > 0 && left > 0; n--) begun.push(one(left--));
        inside = false;
      };
      createHook({ ${hook} }).enable();
      (async () => {
        for (let round = 0; round < 40; round++) {
          const handles = await Promise.all(Array.from({ length: 10 }, () => subject.open(file)));
          await Promise.all(Array.from({ length: 20 }, (_, i) => one(i)));
          const texts = await Promise.all(handles.map((handle) => handle.readFile('utf8')));
          if (texts.some((text) => text !== 'content')) wrong.push(texts);
          await Promise.all(handles.map((handle) => handle.close()));
        }
        while (begun.length > 0) await begun.pop();
        console.log(left, wrong);
      })();`;
      expect(await runChild(script, { dir })).toEqual({ code: 0, stdout: '0 []\n', stderr: '' });
    },
    20_000,
  );

  test('whatever the nth promise hook of some calls begins, it settles, and so do they', async () => {
    const dir = tempDir();
    scene(dir);
    const script = `
      const { createHook } = require('node:async_hooks');
      const file = process.env.DIR + '/file';
      const read = () => subject.readFile(file);
      const actions = {
        readFile: () => () => [read()],
        'more than a batch': () => () => Array.from({ length: 1100 }, read),
        close: async () => { const handle = await subject.open(file); return () => [handle.close()]; },
        abort: async () => {
          const controller = new AbortController();
          const reading = subject.readFile(file, { signal: controller.signal }).catch(() => {});
          return () => { controller.abort(); return [reading]; };
        },
      };
      (async () => {
        const { signal } = new AbortController();
        const begins = [read, () => subject.readFile(file, { signal }), () => subject.writeFile(file + '2', 'x')];
        const rounds = [];
        for (const prepare of Object.values(actions)) for (const begin of begins)
          for (const before of [1, 5]) for (const count of [1, 5]) rounds.push([prepare, begin, before, count]);
        for (const [prepare, begin, before, count] of rounds) for (let nth = 1; nth <= 14; nth++) {
          const act = await prepare();
          // Whether calls come alone or many at a time is learned from those of the tick before.
          await Promise.all(Array.from({ length: before }, read));
          let seen = 0, begun = [];
          const hook = createHook({ init(id, type) { if (type === 'PROMISE' && ++seen === nth) begun = act(); } });
          hook.enable();
          await Promise.all(Array.from({ length: count }, begin));
          hook.disable();
          await Promise.all(seen < nth ? act() : begun);
        }
        console.log('all settled');
      })();`;
    expect(await runChild(script, { dir })).toEqual({ code: 0, stdout: 'all settled\n', stderr: '' });
  }, 20_000);
});

describe('stacks', () => {
  // In a process of its own: jest rewrites stacks, without their async frames.
  test('name the callers of what fails, with async frames', async () => {
    const script = `
      const dir = process.env.DIR;
      const calls = {
        readFile: () => subject.readFile(dir + '/missing'),
        'readFile of a folder': () => subject.readFile(dir),
        writeFile: () => subject.writeFile(dir + '/no/such', 'x'),
        appendFile: () => subject.appendFile(dir + '/no/such', 'x'),
        open: () => subject.open(dir + '/missing'),
        stat: () => subject.stat(dir + '/missing'),
        lstat: () => subject.lstat(dir + '/missing'),
        access: () => subject.access(dir + '/missing'),
        unlink: () => subject.unlink(dir + '/missing'),
        mkdir: () => subject.mkdir(dir),
        rename: () => subject.rename(dir + '/missing', dir + '/x'),
      };
      async function theInnerCaller(work) { await work(); }
      async function theOuterCaller(work) { await theInnerCaller(work); }
      async function check(name, work) {
        const stack = await theOuterCaller(work).then(() => 'no error', (error) => error.stack);
        const named = /\\n +at async theInnerCaller .*\\n +at async theOuterCaller /.test(stack);
        console.log(named ? 'named' : /\\n +at /.test(stack) ? stack : 'nobody', name);
      }
      (async () => {
        for (const [name, work] of Object.entries(calls)) await check(name, work);
        const handle = await subject.open(dir + '/new', 'w');
        await check('handle.read', () => handle.read(Buffer.alloc(1)));
        await check('handle.readv', () => handle.readv([Buffer.alloc(1), Buffer.alloc(1)]));
        await check('handle.readFile', () => handle.readFile());
        await handle.close();
      })();`;
    const { code, stdout, stderr } = await runChild(script, { dir: tempDir() });
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trim().split('\n');
    expect(lines.length).toBe(14);
    // Bare Node names nobody in places.
    const bad = subjectName === 'node' ? /^(?!named|nobody)/ : /^(?!named)/;
    expect(lines.filter((line) => bad.test(line))).toEqual([]);
  });
});

describe('rejections', () => {
  test('that nobody handles are told once each, and those of callbacks never', async () => {
    const script = `
      const fs = require(process.env.FS_SPECIFIER);
      const heard = [];
      process.on('unhandledRejection', (error, promise) => heard.push([error.code, promise instanceof Promise]));
      process.on('rejectionHandled', () => heard.push('handled'));
      const dir = process.env.DIR;
      subject.readFile(dir + '/missing');
      subject.stat(dir + '/missing');
      subject.open(dir + '/missing');
      subject.writeFile(dir + '/no/such', 'x');
      subject.unlink(dir + '/missing').catch(() => {});
      const controller = new AbortController();
      subject.readFile(dir + '/large', { signal: controller.signal });
      controller.abort();
      const nothing = () => {};
      fs.readFile(dir + '/missing', nothing);
      fs.stat(dir + '/missing', nothing);
      fs.open(dir + '/missing', nothing);
      fs.writeFile(dir + '/no/such', 'x', nothing);
      fs.read(98765, Buffer.alloc(1), nothing);
      fs.readv(98765, [Buffer.alloc(1), Buffer.alloc(1)], nothing);
      fs.exists(dir + '/missing', nothing);
      fs.createReadStream(dir + '/missing').on('error', nothing);
      const another = new AbortController();
      fs.readFile(dir + '/large', { signal: another.signal }, nothing);
      another.abort();
      process.on('exit', () => console.log(JSON.stringify(heard.sort())));`;
    const dir = tempDir();
    scene(dir);
    const wanted = [['ABORT_ERR', true], ...Array.from({ length: 4 }, () => ['ENOENT', true])];
    expect(await runChild(script, { dir })).toEqual({
      code: 0,
      stdout: `${JSON.stringify(wanted)}\n`,
      stderr: '',
    });
  });

  test('an abort rejects with an AbortError that has the cause', async () => {
    const dir = tempDir();
    scene(dir);
    const controller = new AbortController();
    const reading = fsp.readFile(`${dir}/large`, { signal: controller.signal });
    const reason = new Error('because');
    controller.abort(reason);
    const error: Error & { code?: string } = await reading.then(
      () => new Error('no error'),
      (failed) => failed,
    );
    expect([error.name, error.code, error.cause === reason]).toEqual(['AbortError', 'ABORT_ERR', true]);
  });
});
