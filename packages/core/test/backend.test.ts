// Who does the work here, and why: what capabilities() says, what RINGFS_BACKEND and RINGFS_LANE force, and that a wish
// which cannot be had is an error, never something else in silence.
import { capabilities } from '@ringfs/core';
import { hasAddon, inChild, kernel } from './child';

interface Told {
  code?: string;
  message: string;
}

const here = capabilities();
const withAddon = hasAddon ? it : it.skip;
const withRing = here.backend === 'io_uring' ? it : it.skip;

describe('capabilities()', () => {
  it('tells the backend, the reason, the kernel, and for every op who can serve it', () => {
    expect(['io_uring', 'threads', 'node']).toContain(here.backend);
    expect(here.reason).toMatch(/\w/);
    expect(here.kernel).toBe(kernel);
    expect(here.preferredLane).toBeNull();
    for (const op of ['readFile', 'writeFile', 'open', 'read', 'write', 'close', 'sync', 'stat']) {
      expect(here.lanes[op].length).toBeGreaterThan(0);
    }
  });

  withRing('names the opcodes of this kernel that the engine uses', () => {
    expect(here.reason).toBe('io_uring is available');
    expect(here.opcodes).toEqual(expect.arrayContaining(['OPENAT', 'CLOSE', 'READ', 'WRITE', 'FSYNC']));
    expect(Object.values(here.lanes).flat()).toContain('ring');
  });

  it('is the same each time, and not the same object', () => {
    expect(capabilities()).toEqual(here);
    expect(capabilities()).not.toBe(here);
  });
});

describe('RINGFS_BACKEND', () => {
  withAddon('=threads is served without a ring, and says so', async () => {
    const seen = await inChild<{
      backend: string;
      reason: string;
      lanes: Record<string, string[]>;
      enters: number;
    }>(
      `await core.readFile('/proc/self/stat');
       const { backend, reason, lanes } = core.capabilities();
       return { backend, reason, lanes, enters: core.metrics().enters };`,
      { RINGFS_BACKEND: 'threads' },
    );
    expect(seen).toMatchObject({ backend: 'threads', reason: 'RINGFS_BACKEND=threads', enters: 0 });
    expect(Object.values(seen.lanes).flat()).not.toContain('ring');
  });

  withRing('=io_uring is taken where it can be had', async () => {
    const seen = await inChild(`await core.readFile('/etc/passwd'); return core.capabilities().backend;`, {
      RINGFS_BACKEND: 'io_uring',
    });
    expect(seen).toBe('io_uring');
  });

  it('=node needs no engine: the calls work, and nothing of ours is counted', async () => {
    const seen = await inChild(
      `const fd = await core.open('/etc/passwd');
       const buffer = Buffer.alloc(10);
       const bytes = await core.read(fd, buffer, { position: 0 });
       const { size } = await core.stat(fd);
       await core.close(fd);
       const text = await core.readFile('/etc/passwd', { encoding: 'utf8' });
       const { backend, lanes } = core.capabilities();
       return { backend, bytes, whole: text.length === size, lanes: lanes.readFile, counted: core.metrics() };`,
      { RINGFS_BACKEND: 'node' },
    );
    expect(seen).toMatchObject({ backend: 'node', bytes: 10, whole: true, lanes: ['node'] });
    const { counted } = seen as { counted: Record<string, number> };
    expect(Object.values(counted).every((n) => n === 0)).toBe(true);
  });

  it.each(['', undefined])('%p is as if it were not set', async (value) => {
    const env: Record<string, string> =
      value === undefined ? {} : { RINGFS_BACKEND: value, RINGFS_LANE: value };
    expect(await inChild('return core.capabilities().backend;', env)).toBe(here.backend);
  });
});

describe('what is not to be had is ERR_RINGFS_BACKEND at every op, and nothing is done', () => {
  it.each([
    [
      'an unknown backend',
      { RINGFS_BACKEND: 'uring' },
      'RINGFS_BACKEND=uring is not one of io_uring, threads, node',
    ],
    ['another letter case', { RINGFS_BACKEND: 'IO_URING' }, 'RINGFS_BACKEND=IO_URING is not one of'],
    ['an unknown lane', { RINGFS_LANE: 'fast' }, 'RINGFS_LANE=fast is not one of cached, ring, blocking'],
    ['the ring lane on threads', { RINGFS_BACKEND: 'threads', RINGFS_LANE: 'ring' }, 'RINGFS_LANE=ring'],
    ['the ring lane on node', { RINGFS_BACKEND: 'node', RINGFS_LANE: 'ring' }, 'RINGFS_LANE=ring'],
  ] as [string, Record<string, string>, string][])('%s', async (_, env, message) => {
    const seen = await inChild<(Told | string)[]>(
      `const calls = [
         () => core.readFile('/etc/passwd'), () => core.writeFile('/nowhere/at/all', 'x'), () => core.open('/etc/passwd'),
         () => core.close(99), () => core.fsync(99), () => core.stat('/'), () => core.read(99, Buffer.alloc(1)),
         () => core.write(99, Buffer.alloc(1)), async () => core.capabilities(),
       ];
       const seen = [];
       for (const call of calls) seen.push(await call().then(() => 'no error', told));
       return seen;`,
      env,
    );
    expect(seen).toHaveLength(9);
    for (const error of seen) {
      expect(error).toMatchObject({ code: 'ERR_RINGFS_BACKEND' });
      expect((error as Told).message).toContain(message);
    }
  });

  it('asking is not doing: neither require nor metrics() complains', async () => {
    expect(await inChild('return core.metrics().batches;', { RINGFS_BACKEND: 'nonsense' })).toBe(0);
  });
});

const permission =
  Number(process.versions.node.split('.')[0]) < 24 ? '--experimental-permission' : '--permission';

it('under the permission model Node serves, and its refusals stand', async () => {
  const seen = await inChild(
    `const { backend, reason } = core.capabilities();
     return { backend, reason, refused: await core.writeFile('/tmp/refused', 'x').then(() => 'no error', told) };`,
    {},
    ['--no-warnings', permission, '--allow-fs-read=*', '--allow-addons'],
  );
  expect(seen).toMatchObject({ backend: 'node', refused: { code: 'ERR_ACCESS_DENIED' } });
});
