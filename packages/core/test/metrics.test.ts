// The counters: there from the start, zero before the first op, and never wrong about who did the work.
import { capabilities } from '@ringfs/core';
import { inChild, tempDir } from './child';

type Counts = Record<string, number>;

const { backend } = capabilities();
const withEngine = backend === 'node' ? it.skip : it;
const withRing = backend === 'io_uring' ? it : it.skip;

const NAMES = [
  'enters',
  'sqes',
  'cqes',
  'batches',
  'cachedHits',
  'cachedMisses',
  'ringOps',
  'blockingOps',
  'parkedOps',
  'notifications',
  'staleCqes',
  'ringErrno',
  'inFlight',
  'maxInFlight',
];

it('has the same names before and after the first op; all are 0 before it', async () => {
  const [before, after] = await inChild<Counts[]>(
    `const before = core.metrics(); await core.readFile('/etc/passwd'); return [before, core.metrics()];`,
  );
  expect(Object.keys(before)).toEqual(NAMES);
  expect(Object.keys(after)).toEqual(NAMES);
  expect(Object.values(before).every((count) => count === 0)).toBe(true);
});

it('a snapshot belongs to whoever took it', async () => {
  const seen = await inChild(
    `const mine = core.metrics(); mine.batches = 77; return core.metrics().batches;`,
  );
  expect(seen).toBe(0);
});

withEngine('one batch for all the calls of a tick, however many', async () => {
  const seen = await inChild<Counts>(
    `await Promise.all(Array.from({ length: 500 }, () => core.stat('/')));
     const { batches, maxInFlight, inFlight } = core.metrics();
     return { batches, maxInFlight, inFlight };`,
  );
  expect(seen).toMatchObject({ batches: 1, inFlight: 0 });
  expect(seen.maxInFlight).toBeGreaterThan(0);
});

withEngine('inFlight counts what has not settled', async () => {
  const dir = tempDir();
  const seen = await inChild<Counts>(
    `const file = ${JSON.stringify(`${dir}/file`)};
     const writing = Promise.all(Array.from({ length: 5 }, (_, i) => core.writeFile(file + i, Buffer.alloc(2 << 20))));
     await new Promise((resolve) => process.nextTick(resolve));
     const during = core.metrics().inFlight;
     await writing;
     return { during, after: core.metrics().inFlight, most: core.metrics().maxInFlight };`,
  );
  expect(seen).toEqual({ during: 5, after: 0, most: 5 });
});

withEngine('every op is counted on exactly one lane', async () => {
  const dir = tempDir();
  const seen = await inChild<Counts>(
    `const file = ${JSON.stringify(`${dir}/file`)};
     await core.writeFile(file, 'text');
     await core.writeFile(file, 'flushed', { flush: true });
     for (let i = 0; i < 10; i++) await core.readFile(file);
     const fd = await core.open(file);
     await core.stat(fd);
     await core.fsync(fd);
     await core.read(fd, Buffer.alloc(3));
     await core.close(fd);
     await core.readFile('/nowhere').catch(() => {});
     return core.metrics();`,
  );
  expect(seen.cachedHits + seen.ringOps + seen.blockingOps).toBe(18);
  expect(seen.staleCqes).toBe(0);
});

withRing('what came out of the ring is what went in: a cqe for every sqe, when all is quiet', async () => {
  const dir = tempDir();
  const seen = await inChild<Counts>(
    `const file = ${JSON.stringify(`${dir}/file`)};
     await core.writeFile(file, 'text', { flush: true });
     await Promise.all(Array.from({ length: 300 }, () => core.readFile(file)));
     // The doorbell waits in the ring: that sqe is submitted after the last of the others has come back.
     const quiet = () => core.metrics().sqes - core.metrics().cqes === 1;
     for (let looks = 0; looks < 1000 && !quiet(); looks++) await new Promise((resolve) => setTimeout(resolve, 5));
     return core.metrics();`,
    { RINGFS_LANE: 'ring' },
  );
  expect(seen.ringOps).toBe(301);
  expect(seen.blockingOps + seen.cachedHits).toBe(0);
  expect(seen.sqes).toBeGreaterThanOrEqual(2 * 301);
  expect(seen.sqes - seen.cqes).toBe(1);
  expect(seen.enters).toBeGreaterThan(0);
  expect(seen.enters).toBeLessThan(seen.sqes);
});

it('each worker thread has counters of its own', async () => {
  const seen = await inChild(
    `const { Worker } = require('node:worker_threads');
     await core.stat('/');
     const source = "const core = require('@ringfs/core'); const { parentPort } = require('node:worker_threads');" +
       "const before = core.metrics().batches; core.stat('/').then(() => parentPort.postMessage([before, core.metrics().batches]));";
     const worker = new Worker(source, { eval: true });
     const inside = await new Promise((resolve, reject) => { worker.on('message', resolve); worker.on('error', reject); });
     return { inside, here: core.metrics().batches };`,
  );
  expect(seen).toEqual(backend === 'node' ? { inside: [0, 0], here: 0 } : { inside: [0, 1], here: 1 });
});
