// An AbortSignal rejects with Node's AbortError, leaves no listener behind, and breaks nothing for the next call.
import * as nodeEvents from 'node:events';
import * as fs from 'node:fs';
import * as util from 'node:util';
import {
  type FsPromises,
  fsp,
  mkfifo,
  nodeMajor,
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

const scene = (dir: string) => fs.writeFileSync(`${dir}/file`, 'content');
const large = pattern(24 << 20);
const listeners = (signal: AbortSignal): number =>
  untyped(nodeEvents).getEventListeners(signal, 'abort').length;
const isAbort = (error: unknown): boolean =>
  untyped(error)?.name === 'AbortError' && untyped(error)?.code === 'ABORT_ERR';

/** Every function that takes a signal on each Node, with a file to work on. */
const calls: [string, (api: FsPromises, dir: string, signal: AbortSignal) => Promise<unknown>][] = [
  ['readFile', (api, dir, signal) => api.readFile(`${dir}/file`, { signal })],
  ['readFile as text', (api, dir, signal) => api.readFile(`${dir}/file`, { signal, encoding: 'utf8' })],
  ['writeFile of a string', (api, dir, signal) => api.writeFile(`${dir}/file`, 'new', { signal })],
  [
    'writeFile of a Buffer',
    (api, dir, signal) => api.writeFile(`${dir}/file`, Buffer.from('new'), { signal }),
  ],
  ['writeFile of nothing', (api, dir, signal) => api.writeFile(`${dir}/file`, '', { signal })],
  ['writeFile of items', (api, dir, signal) => api.writeFile(`${dir}/file`, ['n', 'ew'], { signal })],
  ['writeFile of a new file', (api, dir, signal) => api.writeFile(`${dir}/new`, 'new', { signal })],
  [
    'writeFile with flush',
    (api, dir, signal) => untyped(api).writeFile(`${dir}/file`, 'new', { signal, flush: true }),
  ],
  ['appendFile', (api, dir, signal) => untyped(api).appendFile(`${dir}/file`, 'new', { signal })],
  [
    'handle.readFile',
    (api, dir, signal) => withHandle(api, `${dir}/file`, 'r', (handle) => handle.readFile({ signal })),
  ],
  [
    'handle.writeFile',
    (api, dir, signal) =>
      withHandle(api, `${dir}/file`, 'r+', (handle) => handle.writeFile('new', { signal })),
  ],
  [
    'handle.appendFile',
    (api, dir, signal) =>
      withHandle(api, `${dir}/file`, 'r+', (handle) => untyped(handle).appendFile('new', { signal })),
  ],
];

const reasons: [string, unknown][] = [
  ['no reason', undefined],
  ['a string', 'because'],
  ['an Error', new RangeError('because')],
  ['null', null],
  ['0', 0],
  ['an object', { why: 'because' }],
];

describe('a signal that is already aborted', () => {
  describe.each(calls)('%s', (_name, call) => {
    test.each(reasons)(
      'rejects with Node’s AbortError, touching nothing (%s as reason)',
      async (_kind, reason) => {
        const controller = new AbortController();
        if (reason === undefined) controller.abort();
        else controller.abort(reason);
        const error = await sameError('ABORT_ERR', (api, dir) => call(api, dir, controller.signal), scene);
        expect([error.name, error.message]).toEqual(['AbortError', 'The operation was aborted']);
        expect(error.cause).toBe(controller.signal.reason);
        expect(listeners(controller.signal)).toBe(0);
      },
    );
  });

  test('counts before a missing file, but after a wrong type, as in Node', async () => {
    const signal = AbortSignal.abort();
    await sameError('ABORT_ERR', (api, dir) => api.readFile(`${dir}/missing`, { signal }));
    await sameError('ABORT_ERR', (api, dir) => api.writeFile(`${dir}/no/such`, 'x', { signal }));
    await sameOutcome((api) => untyped(api).readFile(5, { signal }));
    await sameOutcome((api) => untyped(api).writeFile(5, 'x', { signal }));
    await sameOutcome((api, dir) => untyped(api).writeFile(`${dir}/file`, 5, { signal }), scene);
    await sameOutcome((api, dir) => untyped(api).readFile(`${dir}/file`, { signal, encoding: 'q' }), scene);
    await sameOutcome((api, dir) => untyped(api).readFile(`${dir}/file`, { signal, flag: 'q' }), scene);
  });

  test('AbortSignal.timeout that has run out gives its TimeoutError as cause', async () => {
    const signal = AbortSignal.timeout(1);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    const error = await sameError('ABORT_ERR', (api, dir) => api.readFile(`${dir}/file`, { signal }), scene);
    expect(untyped(error.cause).name).toBe('TimeoutError');
  });
});

describe('a signal that is never aborted', () => {
  test.each(calls)('%s works and leaves no listener', async (_name, call) => {
    const { signal } = new AbortController();
    await sameValue((api, dir) => call(api, dir, signal), scene);
    expect(listeners(signal)).toBe(0);
  });

  test('a failed call leaves no listener either', async () => {
    const { signal } = new AbortController();
    await sameError('ENOENT', (api, dir) => api.readFile(`${dir}/missing`, { signal }));
    await sameError('EISDIR', (api, dir) => api.writeFile(dir, 'x', { signal }));
    expect(listeners(signal)).toBe(0);
  });

  test('one signal serves 300 calls at once without a warning or a listener left', async () => {
    const dir = tempDir();
    scene(dir);
    const script = `
      const { getEventListeners } = require('node:events');
      const { signal } = new AbortController();
      process.on('warning', (warning) => { console.log('warning', warning.name); });
      (async () => {
        const results = await Promise.all(Array.from({ length: 300 }, () => subject.readFile(process.env.DIR + '/file', { signal, encoding: 'utf8' })));
        await new Promise((resolve) => setTimeout(resolve, 5));
        console.log(new Set(results).size, getEventListeners(signal, 'abort').length);
      })();`;
    expect(await runChild(script, { dir })).toEqual({ code: 0, stdout: '1 0\n', stderr: '' });
  });
});

describe('an abort in the same tick', () => {
  test.each(calls.slice(0, 9).filter(([name]) => !name.includes('nothing') && !name.includes('items')))(
    '%s rejects with AbortError',
    async (_name, call) => {
      const dir = tempDir();
      scene(dir);
      const controller = new AbortController();
      const promise = call(fsp, dir, controller.signal);
      const reason = new Error('changed my mind');
      controller.abort(reason);
      const error = await promise.then(
        () => undefined,
        (error) => error,
      );
      expect([error?.name, error?.code, error?.cause === reason]).toEqual(['AbortError', 'ABORT_ERR', true]);
      expect(util.types.isNativeError(error)).toBe(true);
      expect(listeners(controller.signal)).toBe(0);
      expect(['content', 'new', 'contentnew', '']).toContain(fs.readFileSync(`${dir}/file`, 'utf8'));
    },
  );

  test('the next calls on the same file work', async () => {
    const dir = tempDir();
    for (let i = 0; i < 50; i++) {
      const controller = new AbortController();
      const aborted = fsp.writeFile(`${dir}/file`, 'aborted', { signal: controller.signal });
      controller.abort();
      await aborted.catch(() => {});
      await fsp.writeFile(`${dir}/file`, `written ${i}`);
      expect(await fsp.readFile(`${dir}/file`, 'utf8')).toBe(`written ${i}`);
    }
  });

  test('300 aborted reads among 300 others leave those alone', async () => {
    const dir = tempDir();
    for (let i = 0; i < 300; i++) fs.writeFileSync(`${dir}/${i}`, `content ${i}`);
    const controller = new AbortController();
    const aborted = Array.from({ length: 300 }, (_, i) =>
      fsp.readFile(`${dir}/${i}`, { signal: controller.signal }),
    );
    const others = Array.from({ length: 300 }, (_, i) => fsp.readFile(`${dir}/${i}`, 'utf8'));
    controller.abort();
    const results = await Promise.allSettled(aborted);
    expect(results.every((result) => result.status === 'rejected' && isAbort(result.reason))).toBe(true);
    expect(await Promise.all(others)).toEqual(Array.from({ length: 300 }, (_, i) => `content ${i}`));
  });
});

describe('an abort later', () => {
  const moments: [string, (abort: () => void) => void][] = [
    ['in a microtask', (abort) => void Promise.resolve().then(abort)],
    ['in nextTick', (abort) => process.nextTick(abort)],
    ['in setImmediate', (abort) => void setImmediate(abort)],
    ['after 1 ms', (abort) => void setTimeout(abort, 1)],
    ['after 4 ms', (abort) => void setTimeout(abort, 4)],
    ['after 10 ms', (abort) => void setTimeout(abort, 10)],
  ];

  test.each(moments)('of a large readFile %s: AbortError or all of the file', async (_name, when) => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/file`, large);
    for (const encoding of [null, 'latin1'] as const) {
      const controller = new AbortController();
      const promise = fsp.readFile(`${dir}/file`, { signal: controller.signal, encoding });
      when(() => controller.abort());
      const outcome = await promise.then(
        (content) => (content as Buffer).length === large.length,
        (error) => isAbort(error) && error.cause === controller.signal.reason,
      );
      expect(outcome).toBe(true);
      expect(listeners(controller.signal)).toBe(0);
    }
    expect((await fsp.readFile(`${dir}/file`)).equals(large)).toBe(true);
  });

  test.each(moments)(
    'of a large writeFile %s: AbortError and a beginning of it, or all of it',
    async (_name, when) => {
      const dir = tempDir();
      const controller = new AbortController();
      const promise = fsp.writeFile(`${dir}/file`, large, { signal: controller.signal });
      when(() => controller.abort());
      const whole = await promise.then(
        () => true,
        (error) => {
          expect([error.name, error.code, error.cause === controller.signal.reason]).toEqual([
            'AbortError',
            'ABORT_ERR',
            true,
          ]);
          return false;
        },
      );
      expect(listeners(controller.signal)).toBe(0);
      const left = fs.existsSync(`${dir}/file`) ? fs.readFileSync(`${dir}/file`) : Buffer.alloc(0);
      if (whole) expect(left.length).toBe(large.length);
      expect(left.equals(large.subarray(0, left.length))).toBe(true);
      await fsp.writeFile(`${dir}/file`, 'next');
      expect(fs.readFileSync(`${dir}/file`, 'utf8')).toBe('next');
    },
  );

  test('of a large writeFile over an older, longer file leaves no byte of the old one after the new', async () => {
    const dir = tempDir();
    for (const delay of [0, 2, 5]) {
      fs.writeFileSync(`${dir}/file`, Buffer.alloc(large.length + 5000, 'o'));
      const controller = new AbortController();
      const promise = fsp.writeFile(`${dir}/file`, large, { signal: controller.signal });
      setTimeout(() => controller.abort(), delay);
      await promise.catch(() => {});
      const left = fs.readFileSync(`${dir}/file`);
      // A write that was aborted before it began has not touched the file at all.
      const untouched = left.length === large.length + 5000 && left.every((byte) => byte === 0x6f);
      expect(untouched || left.equals(large.subarray(0, left.length))).toBe(true);
    }
  });

  test('of an iterable stops it: its finally runs, and no more items are taken', async () => {
    const dir = tempDir();
    const controller = new AbortController();
    const log: string[] = [];
    async function* items() {
      try {
        for (let i = 0; ; i++) {
          if (i === 5) controller.abort();
          log.push(`item ${i}`);
          await null;
          yield `item ${i}\n`;
        }
      } finally {
        log.push('closed');
      }
    }
    const error = await fsp.writeFile(`${dir}/file`, items(), { signal: controller.signal }).then(
      () => undefined,
      (error) => error,
    );
    expect(isAbort(error)).toBe(true);
    expect(log.slice(5)).toEqual(['item 5', 'closed']);
    expect(fs.readFileSync(`${dir}/file`, 'utf8')).toBe([0, 1, 2, 3, 4].map((i) => `item ${i}\n`).join(''));
  });

  test('of calls on a handle: AbortError or all, and the handle goes on', async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/file`, large);
    await withHandle(fsp, `${dir}/file`, 'r+', async (handle) => {
      for (const [, when] of moments.slice(0, 4)) {
        const controller = new AbortController();
        const promise = handle.readFile({ signal: controller.signal });
        when(() => controller.abort());
        await promise.catch((error) => expect(isAbort(error)).toBe(true));
        expect((await handle.stat()).size).toBe(large.length);
        expect((await handle.read(Buffer.alloc(4), 0, 4, 0)).bytesRead).toBe(4);
        expect(listeners(controller.signal)).toBe(0);
      }
    });
  });

  testBeyondNode('of a readFile of a FIFO without a writer rejects at once', async () => {
    const dir = tempDir();
    mkfifo(`${dir}/fifo`);
    const controller = new AbortController();
    const promise = fsp.readFile(`${dir}/fifo`, { signal: controller.signal });
    setTimeout(() => controller.abort(), 10);
    // A writer comes in the end whatever happens, so that a failure here is a failure and not a hang.
    const rescue = setTimeout(() => shell('printf late > "$1"', `${dir}/fifo`), 3000);
    const error = await promise.catch((error) => error);
    clearTimeout(rescue);
    expect(isAbort(error)).toBe(true);
  });

  test('after a call has settled changes nothing', async () => {
    const dir = tempDir();
    scene(dir);
    const controller = new AbortController();
    expect(await fsp.readFile(`${dir}/file`, { signal: controller.signal, encoding: 'utf8' })).toBe(
      'content',
    );
    controller.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await fsp.readFile(`${dir}/file`, 'utf8')).toBe('content');
  });
});

describe('what a program does to a signal', () => {
  // Of some size, so that Node too is at work on it when the abort comes.
  const big = pattern(3 << 20);
  const bigScene = (dir: string) => fs.writeFileSync(`${dir}/file`, big);
  type AbortedCall = (
    api: FsPromises,
    dir: string,
    signal: AbortSignal,
    abort: () => void,
  ) => Promise<unknown>;
  const late: [string, AbortedCall][] = [
    [
      'readFile',
      (api, dir, signal, abort) => {
        const promise = api.readFile(`${dir}/file`, { signal });
        abort();
        return promise;
      },
    ],
    [
      'writeFile',
      (api, dir, signal, abort) => {
        const promise = api.writeFile(`${dir}/file`, big, { signal });
        abort();
        // What is left of the file may differ.
        return promise.finally(() => fs.writeFileSync(`${dir}/file`, ''));
      },
    ],
    [
      'handle.readFile',
      (api, dir, signal, abort) =>
        withHandle(api, `${dir}/file`, 'r', (handle) => {
          const promise = handle.readFile({ signal });
          abort();
          return promise;
        }),
    ],
  ];

  test.each(late)('%s: an abort that other listeners were to know nothing of counts', async (_name, call) => {
    const { error } = await sameOutcome(async (api, dir) => {
      const controller = new AbortController();
      controller.signal.addEventListener('abort', (event) => event.stopImmediatePropagation());
      await call(api, dir, controller.signal, () => controller.abort('why'));
    }, bigScene);
    expect(isAbort(error)).toBe(true);
  });

  test.each(calls)('%s: an event without an abort aborts nothing', async (_name, call) => {
    await sameValue((api, dir) => {
      const { signal } = new AbortController();
      const promise = call(api, dir, signal);
      signal.dispatchEvent(new Event('abort'));
      setImmediate(() => signal.dispatchEvent(new Event('abort')));
      return promise;
    }, scene);
  });

  test('an abort counts after an event without one', async () => {
    const { error } = await sameOutcome((api, dir) => {
      const controller = new AbortController();
      const promise = api.readFile(`${dir}/file`, { signal: controller.signal });
      controller.signal.dispatchEvent(new Event('abort'));
      controller.abort('why');
      return promise.finally(() => expect(listeners(controller.signal)).toBe(0));
    }, bigScene);
    expect(isAbort(error)).toBe(true);
  });

  test.each(calls)('%s: methods put in the place of its own are not called', async (_name, call) => {
    const { signal } = new AbortController();
    const throws = () => {
      throw new Error('not ours to call');
    };
    await sameValue((api, dir) => {
      Object.assign(signal, { addEventListener: throws, removeEventListener: throws });
      return call(api, dir, signal);
    }, scene);
    expect(listeners(signal)).toBe(0);
  });
});

describe('the process', () => {
  test('aborts at every moment leave no unhandled rejection, no descriptor, and let the process end', async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/file`, pattern(3 << 20));
    const script = `
      const fs = require('node:fs');
      const DIR = process.env.DIR;
      const count = () => fs.readdirSync('/proc/self/fd').length;
      const moments = [(f) => f(), (f) => process.nextTick(f), (f) => Promise.resolve().then(f), (f) => setImmediate(f), (f) => setTimeout(f, 1), (f) => setTimeout(f, 3)];
      (async () => {
        let settled = 0, before;
        const data = Buffer.alloc(2 << 20, 'x');
        // The first reads at once open the ring they share.
        await Promise.all(Array.from({ length: 8 }, () => subject.readFile(DIR + '/file')));
        for (let round = 0; round < 8; round++) {
          const all = moments.flatMap((when, i) => ['readFile', 'writeFile', 'appendFile'].map((name) => {
            const controller = new AbortController();
            const promise = name === 'readFile'
              ? subject.readFile(DIR + '/file', { signal: controller.signal })
              : subject[name](DIR + '/out-' + name + i, data, { signal: controller.signal });
            when(() => controller.abort(new Error('stop')));
            return promise.then(() => { settled++; }, (error) => { if (error.name !== 'AbortError') throw error; settled++; });
          }));
          await Promise.all(all);
          // What was aborted may be at a piece of its work yet, and holds its descriptor until that is done.
          const ends = Date.now() + 5000;
          do await new Promise((resolve) => setTimeout(resolve, 15));
          while (round > 1 && count() > before && Date.now() < ends);
          if (round === 1) before = count();
        }
        console.log(settled, count() <= before);
      })();`;
    expect(await runChild(script, { dir, flags: ['--unhandled-rejections=strict'] })).toEqual({
      code: 0,
      stdout: '144 true\n',
      stderr: '',
    });
  });
});

const statSignal = nodeMajor >= 26 ? describe : describe.skip;
statSignal('stat with a signal (Node 26 and later)', () => {
  test.each(['stat', 'lstat'])(
    '%s with an aborted, a late and a wrong signal does what the running Node does',
    async (name) => {
      await sameOutcome(
        (api, dir) => untyped(api)[name](`${dir}/file`, { signal: AbortSignal.abort('why') }),
        scene,
      );
      await sameOutcome((api, dir) => untyped(api)[name](`${dir}/file`, { signal: 5 }), scene);
      await sameOutcome((api, dir) => {
        const controller = new AbortController();
        const promise = untyped(api)[name](`${dir}/file`, { signal: controller.signal });
        controller.abort();
        return promise;
      }, scene);
    },
  );
});
