// Whoever asks for a lane gets it: the counters say which one did the work. Skipped where there is no lane to ask for.
import * as fs from 'node:fs';
import * as os from 'node:os';
import { triesFiles, triesLinks } from '../support/filesystem';
import {
  backend,
  fsp,
  lane,
  nodeMajor,
  pattern,
  subjectName,
  tempDir,
  untyped,
  withHandle,
} from '../support/subject';

interface Metrics {
  enters: number;
  sqes: number;
  cqes: number;
  batches: number;
  cachedHits: number;
  cachedMisses: number;
  ringOps: number;
  blockingOps: number;
  notifications: number;
  inFlight: number;
  maxInFlight: number;
}
const counters: (keyof Metrics)[] = [
  'enters',
  'sqes',
  'cqes',
  'batches',
  'cachedHits',
  'cachedMisses',
  'ringOps',
  'blockingOps',
  'notifications',
  'inFlight',
  'maxInFlight',
];

const core = (): { metrics(): Metrics; capabilities(): { backend: string; reason?: string } } =>
  require('@ringfs/core');
const ours = subjectName === 'ringfs';
const has = (what: string): boolean => ours && core().capabilities().backend === what;
const when = (condition: boolean): jest.It => (condition ? test : test.skip);

const onRing = when(ours && lane === 'ring' && has('io_uring'));
const onCached = when(ours && lane === 'cached' && has('io_uring') && triesFiles);
const onBlocking = when(ours && lane === 'blocking' && !has('node'));
const onThreads = when(ours && backend === 'threads');
const anywhere = when(ours);

const added = async (work: () => unknown): Promise<Metrics> => {
  const before = { ...core().metrics() };
  await work();
  const after = core().metrics();
  return Object.fromEntries(counters.map((name) => [name, after[name] - before[name]])) as unknown as Metrics;
};

let dir = '';
beforeEach(async () => {
  dir = tempDir();
  fs.writeFileSync(`${dir}/file`, pattern(4096));
  for (const name of ['other', 'third']) fs.writeFileSync(`${dir}/${name}`, 'x');
  fs.writeFileSync(`${dir}/large`, pattern(3 << 20));
  fs.mkdirSync(`${dir}/empty-folder`);
  fs.symlinkSync('file', `${dir}/link`);
  if (ours) await fsp.stat(dir); // the runtime is started by now
});

/** One of each op; what the ring must serve is served by chains of at least `sqes`. */
const ops: [string, number, () => unknown][] = [
  ['readFile of a small file', 2, () => fsp.readFile(`${dir}/file`)],
  ['readFile as text', 2, () => fsp.readFile(`${dir}/file`, 'utf8')],
  ['readFile of an empty file', 2, () => fsp.readFile(`${dir}/empty`, { flag: 'a+' })],
  ['readFile of a large file', 2, () => fsp.readFile(`${dir}/large`)],
  ['writeFile of a new file', 3, () => fsp.writeFile(`${dir}/new`, 'content')],
  ['writeFile over an existing file', 3, () => fsp.writeFile(`${dir}/file`, 'content')],
  ['writeFile of a large Buffer', 3, () => fsp.writeFile(`${dir}/file`, pattern(2 << 20))],
  ['writeFile with flush', 4, () => untyped(fsp).writeFile(`${dir}/file`, 'content', { flush: true })],
  ['appendFile', 3, () => fsp.appendFile(`${dir}/file`, 'content')],
  ['stat', 1, () => fsp.stat(`${dir}/file`)],
  ['lstat', 1, () => fsp.lstat(`${dir}/file`)],
  ['mkdir', 1, () => fsp.mkdir(`${dir}/folder`)],
  ['rename', 1, () => fsp.rename(`${dir}/other`, `${dir}/renamed`)],
  ['unlink', 1, () => fsp.unlink(`${dir}/third`)],
  ['open and close', 1, async () => (await fsp.open(`${dir}/file`)).close()],
  ['link', 1, () => fsp.link(`${dir}/file`, `${dir}/linked`)],
  ['symlink', 1, () => fsp.symlink('file', `${dir}/symlinked`)],
  ['rmdir', 1, () => fsp.rmdir(`${dir}/empty-folder`)],
];

/** The same for methods of a handle, whose open and close do not count. */
const methods: [string, string, (handle: Awaited<ReturnType<typeof fsp.open>>) => unknown][] = [
  ['read', 'r', (handle) => handle.read(Buffer.alloc(100), 0, 100, 0)],
  ['write', 'r+', (handle) => handle.write(Buffer.from('content'), 0, 7, 0)],
  ['write of a string', 'r+', (handle) => handle.write('content')],
  ['readFile', 'r', (handle) => handle.readFile()],
  ['writeFile', 'r+', (handle) => handle.writeFile('content')],
  ['stat', 'r', (handle) => handle.stat()],
  ['sync', 'r+', (handle) => handle.sync()],
  ['datasync', 'r+', (handle) => handle.datasync()],
];

/** The kernel has an opcode for ftruncate since 6.9. */
const [major, minor] = os.release().split('.').map(Number) as [number, number];
if (lane !== 'ring' || major > 6 || (major === 6 && minor >= 9))
  methods.push(['truncate', 'r+', (handle) => handle.truncate(7)]);

describe('the counters', () => {
  anywhere('metrics() gives a number for each counter', () => {
    const metrics = core().metrics();
    for (const name of counters)
      expect([name, typeof metrics[name], metrics[name] >= 0]).toEqual([name, 'number', true]);
  });

  anywhere('inFlight is 0 at rest, after successes and after failures', async () => {
    expect(core().metrics().inFlight).toBe(0);
    for (const [, , op] of ops) await op();
    await Promise.allSettled(['/missing', '/no/such', ''].map((tail) => fsp.readFile(dir + tail)));
    expect(core().metrics().inFlight).toBe(0);
  });

  when(ours && !has('node'))('inFlight counts what is in flight, and maxInFlight remembers', async () => {
    const all = Array.from({ length: 20 }, () => fsp.readFile(`${dir}/large`));
    await new Promise((resolve) => setImmediate(resolve));
    const { inFlight } = core().metrics();
    await Promise.all(all);
    const after = core().metrics();
    expect(after.maxInFlight).toBeGreaterThanOrEqual(Math.max(1, inFlight));
    expect(after.inFlight).toBe(0);
  });

  anywhere('counters never go down', async () => {
    const growth = await added(async () => {
      for (const [, , op] of ops) await op();
    });
    for (const name of counters)
      if (name !== 'inFlight') expect([name, growth[name] >= 0]).toEqual([name, true]);
  });

  when(ours && backend !== 'auto')('the backend that was asked for is the one that serves', () => {
    expect(core().capabilities().backend).toBe(backend);
  });
});

describe('RINGFS_LANE=ring', () => {
  for (const [name, sqes, op] of ops) {
    onRing(`${name} is served by at least ${sqes} SQEs and no blocking op`, async () => {
      const growth = await added(op);
      expect(growth.sqes).toBeGreaterThanOrEqual(sqes);
      expect(growth.cqes).toBeGreaterThanOrEqual(1);
      expect(growth.enters).toBeGreaterThanOrEqual(1);
      expect([growth.blockingOps, growth.cachedHits]).toEqual([0, 0]);
    });
  }

  for (const [name, flags, op] of methods) {
    onRing(`handle.${name} is served by an SQE and no blocking op`, async () => {
      await withHandle(fsp, `${dir}/file`, flags, async (handle) => {
        const growth = await added(() => op(handle));
        expect(growth.sqes).toBeGreaterThanOrEqual(1);
        expect([growth.blockingOps, growth.cachedHits]).toEqual([0, 0]);
      });
    });
  }

  onRing('a missing file costs SQEs too, and no blocking op', async () => {
    const growth = await added(() => fsp.readFile(`${dir}/missing`).catch(() => {}));
    expect(growth.sqes).toBeGreaterThanOrEqual(1);
    expect(growth.blockingOps).toBe(0);
  });

  onRing('64 reads made in one tick are one batch, in fewer enters than files', async () => {
    for (let i = 0; i < 64; i++) fs.writeFileSync(`${dir}/${i}`, pattern(1000, i));
    const growth = await added(() =>
      Promise.all(Array.from({ length: 64 }, (_, i) => fsp.readFile(`${dir}/${i}`))),
    );
    expect(growth.sqes).toBeGreaterThanOrEqual(128);
    expect(growth.enters).toBeLessThan(64);
    expect(growth.notifications).toBeLessThan(64);
  });
});

describe('RINGFS_LANE=cached', () => {
  const cached: typeof ops = [
    ...ops.filter(([name]) => /^(readFile of a small|readFile as text|stat|lstat)/.test(name)),
    ...(triesLinks ? ([['readlink', 0, () => fsp.readlink(`${dir}/link`)]] satisfies typeof ops) : []),
    ['realpath', 0, () => fsp.realpath(`${dir}/file`)],
    ['realpath of a relative path', 0, () => fsp.realpath('.')],
  ];
  for (const [name, , op] of cached) {
    onCached(`${name} that is warm is a cached hit`, async () => {
      await op();
      const growth = await added(op);
      expect(growth.cachedHits).toBeGreaterThanOrEqual(1);
      expect([growth.ringOps, growth.blockingOps]).toEqual([0, 0]);
    });
  }

  onCached('99 of 100 awaited reads of a warm file are cached hits', async () => {
    await fsp.readFile(`${dir}/file`);
    const growth = await added(async () => {
      for (let i = 0; i < 100; i++) await fsp.readFile(`${dir}/file`);
    });
    expect(growth.cachedHits).toBeGreaterThanOrEqual(99);
  });

  onCached('handle.read of a warm file is a cached hit', async () => {
    await withHandle(fsp, `${dir}/file`, 'r', async (handle) => {
      await handle.read(Buffer.alloc(100), 0, 100, 0);
      expect(
        (await added(() => handle.read(Buffer.alloc(100), 0, 100, 0))).cachedHits,
      ).toBeGreaterThanOrEqual(1);
    });
  });
});

/** Ops for which there is no opcode. */
const poolOps: [string, () => unknown][] = [
  ['chmod', () => fsp.chmod(`${dir}/file`, 0o600)],
  ['chown', () => fsp.chown(`${dir}/file`, -1, -1)],
  ['lchown', () => fsp.lchown(`${dir}/file`, -1, -1)],
  ['utimes', () => fsp.utimes(`${dir}/file`, 1, 2)],
  ['lutimes', () => fsp.lutimes(`${dir}/file`, 1, 2)],
  ['statfs', () => fsp.statfs(dir)],
  ['mkdtemp', () => fsp.mkdtemp(`${dir}/x-`)],
  ['copyFile', () => fsp.copyFile(`${dir}/file`, `${dir}/copy`)],
  ['truncate of a path', () => fsp.truncate(`${dir}/file`, 1)],
  ['realpath through a link', () => fsp.realpath(`${dir}/link`)],
  ['readdir', () => fsp.readdir(dir)],
  ['readdir with kinds', () => fsp.readdir(dir, { withFileTypes: true })],
  ['readdir of a tree', () => fsp.readdir(dir, { recursive: true })],
  ['rm', () => fsp.rm(`${dir}/third`)],
  ['rm of a tree', () => fsp.rm(dir, { recursive: true })],
];

describe('whatever lane is asked for', () => {
  for (const [name, op] of poolOps) {
    when(ours && !has('node'))(`${name} is one blocking op`, async () => {
      const { blockingOps, cachedHits, sqes } = await added(op);
      expect([blockingOps, cachedHits, sqes <= 1]).toEqual([1, 0, true]);
    });
  }
});

describe('cp', () => {
  const treesAreOurs = [20, 22, 24].includes(nodeMajor);
  const tree = (): string => {
    for (const folder of ['tree', 'tree/sub']) fs.mkdirSync(`${dir}/${folder}`);
    for (const file of ['tree/one', 'tree/sub/two']) fs.writeFileSync(`${dir}/${file}`, 'x');
    fs.symlinkSync('one', `${dir}/tree/link`);
    return `${dir}/tree`;
  };

  when(ours && !has('node'))('a file is copied by a copyFile and a chmod of ours', async () => {
    const { blockingOps, ringOps } = await added(() => fsp.cp(`${dir}/file`, `${dir}/copy`));
    expect(blockingOps + ringOps).toBeGreaterThanOrEqual(2);
  });

  when(ours && !has('node') && treesAreOurs)('a tree is made by ops of ours', async () => {
    const from = tree();
    const { blockingOps, ringOps } = await added(() => fsp.cp(from, `${dir}/new`, { recursive: true }));
    // Two folders made, read and given their modes, two files copied and given theirs, a link read and made.
    expect(blockingOps + ringOps).toBeGreaterThanOrEqual(11);
  });

  when(ours && !has('node'))('a tree with a filter, on every version', async () => {
    const options = { recursive: true, filter: () => true };
    const from = tree();
    const { blockingOps, ringOps } = await added(() => fsp.cp(from, `${dir}/new`, options));
    expect(blockingOps + ringOps).toBeGreaterThanOrEqual(11);
  });
});

describe('opendir', () => {
  // The opening, its 7 entries, its end, the close.
  when(ours && !has('node'))('a folder that is read to its end is four ops on our lanes', async () => {
    const { blockingOps, cachedHits, sqes } = await added(async () => {
      let count = 0;
      for await (const entry of await fsp.opendir(dir)) count += entry.name.length > 0 ? 1 : 0;
      expect(count).toBe(fs.readdirSync(dir).length);
    });
    expect([blockingOps + cachedHits, sqes]).toEqual([4, 0]);
  });

  onCached('opening and closing one that is warm are cached hits', async () => {
    await (await fsp.opendir(dir)).close();
    const growth = await added(async () => (await fsp.opendir(dir)).close());
    expect([growth.cachedHits, growth.ringOps, growth.blockingOps]).toEqual([2, 0, 0]);
  });

  onBlocking('each of them is a blocking op', async () => {
    const growth = await added(async () => {
      const opened = await fsp.opendir(dir);
      await opened.read();
      await opened.close();
    });
    expect([growth.blockingOps, growth.cachedHits, growth.sqes]).toEqual([3, 0, 0]);
  });

  onRing('each of them is a blocking op: there is no opcode', async () => {
    const growth = await added(async () => {
      const opened = await fsp.opendir(dir);
      await opened.read();
      await opened.close();
    });
    expect([growth.blockingOps, growth.cachedHits]).toEqual([3, 0]);
  });
});

describe('RINGFS_LANE=blocking and RINGFS_BACKEND=threads', () => {
  for (const [name, , op] of ops) {
    onBlocking(`${name} is a blocking op, and neither a cached hit nor an SQE`, async () => {
      const growth = await added(op);
      expect(growth.blockingOps).toBeGreaterThanOrEqual(1);
      expect([growth.cachedHits, growth.sqes]).toEqual([0, 0]);
    });
  }

  for (const [name, flags, op] of methods) {
    onBlocking(`handle.${name} is a blocking op`, async () => {
      await withHandle(fsp, `${dir}/file`, flags, async (handle) => {
        const growth = await added(() => op(handle));
        expect(growth.blockingOps).toBeGreaterThanOrEqual(1);
        expect([growth.cachedHits, growth.sqes]).toEqual([0, 0]);
      });
    });
  }

  onThreads('no op ever costs an SQE or an enter', async () => {
    const growth = await added(async () => {
      for (const [, , op] of ops) await op();
    });
    expect([growth.sqes, growth.enters]).toEqual([0, 0]);
    expect(growth.blockingOps + growth.cachedHits).toBeGreaterThanOrEqual(ops.length);
  });
});
