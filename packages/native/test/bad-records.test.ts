// Whatever JavaScript writes into the shared memory, the addon neither crashes nor hangs: every record settles once, most
// with an error. Each kind of scribble runs in a process of its own.
import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { load } from '@ringfs/native';

const when = load().addon === null ? it.skip : it;

interface Ended {
  code: number | string;
  stdout: string;
  stderr: string;
}

/** Runs a body that has `native` (a runtime), `words`, `floats`, `paths`, `objects`, `outcomes` and helpers. */
function scribble(body: string): Promise<Ended> {
  const source = `
    const { load, layout } = require('@ringfs/native');
    const { addon } = load();
    const { Op, Option, Special } = layout;
    const objects = [];
    const outcomes = [];
    const take = (count) => {
      for (let i = 0; i < count; i++) {
        const at = i * layout.RESULT_WORDS;
        outcomes.push({ id: results[at], error: results[at + 1] });
      }
    };
    const native = new addon.Runtime(addon.probe().hasRing, 0, objects, take, (list, ...names) => list.push(...names));
    const { memory } = native;
    const words = new Int32Array(memory.records);
    const floats = new Float64Array(memory.records);
    const paths = Buffer.from(memory.paths);
    const results = new Int32Array(memory.results);
    const random = (() => { let s = 12345; return () => (s = (s * 1103515245 + 12345) >>> 0); })();
    /** A good record: stat of '/'. */
    const good = (index, id, change = {}) => {
      const record = { op: Op.stat, fd: -1, flags: 0, mode: 0, options: 0, at: 0, length: 1, second: 0,
        position: -1, bytes: 0, view: 0, ...change };
      paths.write('/etc/passwd');
      const w = index * layout.RECORD_WORDS;
      words.set([record.op, id, record.fd, record.flags, record.mode, record.options, record.at, record.length,
        record.second], w);
      floats.set([record.position, record.bytes, record.view], w / 2 + 5);
    };
    const submit = (count) => take(native.submit(count));
    const settled = async () => {
      const until = Date.now() + 8000;
      while (native.counters().inFlight > 0 && Date.now() < until) await new Promise((r) => setTimeout(r, 2));
      return native.counters().inFlight === 0;
    };
    (async () => { ${body} })().then((value) => { console.log(JSON.stringify(value)); process.exit(0); });`;
  const options = { cwd: path.resolve(__dirname, '..'), timeout: 30_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, ['-e', source], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? 'failed'), stdout, stderr });
    });
  });
}

async function outcome<T>(body: string): Promise<T> {
  const ended = await scribble(body);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(ended.stdout) as T;
}

when('a good record is served, so that the bad ones are bad for what is changed in them', async () => {
  const seen = await outcome('good(0, 0); submit(1); await settled(); return outcomes;');
  expect(seen).toEqual([{ id: 0, error: 0 }]);
});

describe('refused as a bad record, and the next one is served', () => {
  when.each([
    ['an op beyond the last', '{ op: Object.keys(Op).length }'],
    ['a negative op', '{ op: -1 }'],
    ['a folder that is not open', '{ op: Op.readFolder, fd: 0, options: Option.onHandle | Option.folder }'],
    ['the close of one', '{ op: Op.close, fd: 0, options: Option.onHandle | Option.folder }'],
    ['names of a descriptor', '{ op: Op.readFolder, fd: 0, options: Option.onHandle }'],
    ['another op on a folder', '{ op: Op.read, fd: 0, options: Option.onHandle | Option.folder }'],
    ['a path that begins outside', '{ at: 256 * 1024 + 1 }'],
    ['a path that begins before', '{ at: -4 }'],
    ['a path that ends outside', '{ at: 256 * 1024 - 1, length: 2 }'],
    ['a path of negative length', '{ length: -1 }'],
    ['the largest path length', '{ length: 0x7fffffff }'],
    ['a second path outside', '{ op: Op.rename, second: 256 * 1024 }'],
    ['a second path of negative length', '{ op: Op.rename, second: -5 }'],
    ['a length that is NaN', '{ bytes: NaN }'],
    ['a negative length', '{ bytes: -1 }'],
    ['a length beyond 2^53', '{ bytes: 2 ** 60 }'],
    ['an infinite length', '{ bytes: Infinity }'],
    ['a view offset that is NaN', '{ view: NaN }'],
    ['a negative view offset', '{ view: -8 }'],
    ['a position that is NaN', '{ position: NaN }'],
    ['a position beyond 2^53', '{ position: 2 ** 54 }'],
    ['an infinite position', '{ position: Infinity }'],
    ['a time that is NaN', '{ op: Op.utimes, bytes: NaN }'],
    ['an infinite time', '{ op: Op.utimes, view: -Infinity }'],
    ['a time beyond 2^53 seconds', '{ op: Op.utimes, view: 2 ** 60 }'],
    ['a path op with a descriptor', '{ fd: 0 }'],
    ['a descriptor op without one', '{ options: Option.onHandle }'],
    ['a NUL in the path', '{ at: 100, length: 3 }'],
  ])('%s', async (_, change) => {
    const seen = await outcome(
      `good(0, 5, ${change}); good(1, 6); submit(2);
       return { done: await settled(), outcomes, refused: Special.badRecord };`,
    );
    const { refused } = seen as { refused: number };
    const expected = [
      { id: 5, error: refused },
      { id: 6, error: 0 },
    ];
    expect(seen).toMatchObject({ done: true });
    expect((seen as { outcomes: object[] }).outcomes).toEqual(expected);
  });

  when.each([
    ['a negative id', -1],
    ['an id beyond the table', 1 << 24],
    ['the largest id', 0x7fffffff],
  ])('%s', async (_, id) => {
    const seen = await outcome(`good(0, ${id}); submit(1); return { done: await settled(), outcomes };`);
    expect(seen).toMatchObject({ done: true, outcomes: [{ id, error: 100_003 }] });
  });
});

describe('neither crash nor hang', () => {
  when('a count beyond the table', async () => {
    const seen = await outcome<{ done: boolean; count: number }>(
      `for (let i = 0; i < layout.MAX_RECORDS; i++) good(i, i);
       submit(0xffffffff);
       return { done: await settled(), count: outcomes.length };`,
    );
    expect(seen).toEqual({ done: true, count: 1024 });
  });

  when('a submit of what is no number, and cancels of ids that are nobody', async () => {
    const seen = await outcome(
      `for (const count of [undefined, null, 'x', -1, NaN, {}]) { try { take(native.submit(count)); } catch {} }
       for (const id of [0, 7, -1, 2 ** 31, 2 ** 40, NaN]) native.cancel(id);
       return await settled();`,
    );
    expect(seen).toBe(true);
  });

  when('two records with one id', async () => {
    const seen = await outcome<{ done: boolean; outcomes: { id: number }[] }>(
      `good(0, 3); good(1, 3); good(2, 3); submit(3); return { done: await settled(), outcomes };`,
    );
    expect(seen.done).toBe(true);
    expect(seen.outcomes.map(({ id }) => id)).toEqual([3, 3, 3]);
  });

  when('two reads and writes in flight with one id, one of them cancelled', async () => {
    const seen = await outcome<{ done: boolean; count: number }>(
      `objects[3] = Buffer.alloc(4096);
       const fd = require('node:fs').openSync('/etc/passwd');
       for (let i = 0; i < 8; i++) good(i, 3, { op: Op.read, fd, options: Option.onHandle, length: 0, bytes: 4096, position: i });
       for (let i = 8; i < 16; i++) good(i, 3, { op: Op.sync, fd, options: Option.onHandle, length: 0 });
       submit(16); native.cancel(3); native.cancel(3);
       return { done: await settled(), count: outcomes.length };`,
    );
    expect(seen).toEqual({ done: true, count: 16 });
  });

  when.each([
    ['no object', 'undefined'],
    ['an object that is no view', '({ length: 10 })'],
    ['an array', '[1, 2, 3]'],
    ['a Float64Array', 'new Float64Array(10)'],
    ['a DataView', 'new DataView(new ArrayBuffer(10))'],
    ['an ArrayBuffer', 'new ArrayBuffer(10)'],
    [
      'a detached view',
      '(() => { const b = new Uint8Array(10); structuredClone(b.buffer, { transfer: [b.buffer] }); return b; })()',
    ],
    ['a view that is too short', 'Buffer.alloc(1)'],
    ['a proxy that throws', "new Proxy({}, { get() { throw new Error('no'); } })"],
  ])('a read, a write and a writeFile with %s', async (_, object) => {
    const seen = await outcome<{ done: boolean; count: number }>(
      `const fs = require('node:fs');
       const fd = fs.openSync('/etc/passwd');
       const out = fs.openSync('/dev/null', 'w');
       const options = Option.onHandle;
       for (const id of [1, 2, 3, 4]) objects[id] = ${object};
       good(0, 1, { op: Op.read, fd, options, length: 0, bytes: 100, position: 0 });
       good(1, 2, { op: Op.write, fd: out, options, length: 0, bytes: 100 });
       good(2, 3, { op: Op.writeFile, fd: out, options, length: 0, bytes: 2 ** 21 });
       good(3, 4, { op: Op.read, fd, options, length: 0, bytes: 2 ** 52, view: 2 ** 52, position: 2 ** 52 });
       submit(4);
       return { done: await settled(), count: outcomes.length };`,
    );
    expect(seen).toEqual({ done: true, count: 4 });
  });

  when(
    'a thousand batches of noise',
    async () => {
      // Ops that could harm the machine that runs this are left out: nothing is opened, made, moved or removed by noise.
      const seen = await outcome<{ done: boolean; right: boolean }>(
        `const harmless = [Op.stat, Op.access, Op.read, Op.sync, Op.readFile, Op.readdir, Object.keys(Op).length, 77, -1];
       const edge = [0, 1, -1, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, 0.5, 1e308];
       const fd = require('node:fs').openSync('/etc/passwd');
       let sent = 0;
       for (let batch = 0; batch < 1000; batch++) {
         const count = 1 + random() % 8;
         for (let i = 0; i < count; i++) {
           const pick = () => edge[random() % edge.length];
           good(i, random() % 3 === 0 ? random() | 0 : sent % 500, {
             op: harmless[random() % harmless.length], fd: random() % 2 ? -1 : fd,
             flags: 0, mode: random() | 0, options: random() | 0,
             at: random() % 4 === 0 ? random() | 0 : 0, length: random() % 4 === 0 ? random() | 0 : 11,
             position: pick(), bytes: random() % 2 ? 10 : pick(), view: random() % 2 ? 0 : pick(),
           });
           sent += 1;
         }
         submit(count);
         if (batch % 50 === 0) await settled();
       }
       return { done: await settled(), right: outcomes.length === sent };`,
      );
      expect(seen).toEqual({ done: true, right: true });
    },
    40_000,
  );
});
