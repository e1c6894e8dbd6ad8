// A process that has no descriptor left when ringfs is first used: calls end as with Node, capabilities() says why, and
// once descriptors are free again the engine does the work.
import * as fs from 'node:fs';
import { backendHere, hasAddon, report, script } from './acceptance-support/run';
import { tempDir } from './support/subject';

interface Seen {
  theirs: Record<string, unknown>;
  ours: Record<string, unknown>;
  during: { backend: string; reason: string };
  later: Record<string, unknown>;
  backend: string;
  attempts: number;
  ownHandle: boolean;
}

const source = (free: number) => `
  const fs = require('node:fs');
  const bare = require('node:fs/promises');
  const subject = require('@ringfs/fs-compat/promises');
  const core = require('@ringfs/core');
  const dir = process.env.DIR;
  const calls = {
    stat: (api) => api.stat(dir + '/file').then((stats) => stats.size),
    access: (api) => api.access(dir + '/nothing'),
    readFile: (api) => api.readFile(dir + '/file', 'utf8'),
    writeFile: (api) => api.writeFile(dir + '/file', 'content'),
    readdir: (api) => api.readdir(dir),
    open: async (api) => {
      const handle = await api.open(dir + '/file');
      await handle.close();
    },
  };
  const outcomes = async (api) => {
    const outcomes = {};
    for (const [name, call] of Object.entries(calls)) {
      outcomes[name] = await call(api).then((value) => value ?? 'done', ({ code, syscall, path, message }) => [code, syscall, path, message]);
    }
    return outcomes;
  };
  (async () => {
    const held = [];
    try {
      for (;;) held.push(fs.openSync('/dev/null'));
    } catch (error) {
      if (error.code !== 'EMFILE') throw error;
    }
    for (let i = 0; i < ${free}; i++) fs.closeSync(held.pop());
    const theirs = await outcomes(bare);
    const { backend, reason } = core.capabilities();
    const ours = await outcomes(subject);
    held.forEach((fd) => fs.closeSync(fd));
    const later = await outcomes(subject);
    const handle = await subject.open(dir + '/file');
    const theirHandle = await bare.open(dir + '/file');
    const ownHandle = handle.constructor !== theirHandle.constructor;
    await handle.close();
    await theirHandle.close();
    const { cachedHits, cachedMisses } = core.metrics();
    const seen = { theirs, ours, during: { backend, reason }, later, ownHandle, attempts: cachedHits + cachedMisses };
    console.log(JSON.stringify({ ...seen, backend: core.capabilities().backend }));
  })();`;

async function whenFree(free: number, env: Record<string, string> = {}): Promise<Seen> {
  const DIR = tempDir();
  fs.writeFileSync(`${DIR}/file`, 'content');
  const by = ['sh', '-c', 'ulimit -n 64; exec "$0" "$@"'];
  return report<Seen>(await script(source(free), { by, env: { DIR, ...env } }));
}

const withAddon = hasAddon ? describe : describe.skip;

withAddon('with no descriptor left at the first call', () => {
  it('every call ends as with Node, and capabilities() says what is missing', async () => {
    const seen = await whenFree(0);
    expect(seen.ours).toEqual(seen.theirs);
    expect(seen.theirs).toMatchObject({
      stat: 7,
      readFile: ['EMFILE', 'open', expect.anything(), expect.anything()],
    });
    expect(seen.during.backend).toBe('node');
    expect(seen.during.reason).toMatch(/Too many open files|EMFILE/);
  });
});

// Each number stops at another place: the addon's file, the ring of the probe, the engine's descriptors, its threads' ...
withAddon('with a few descriptors left at the first call', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    '%i: calls succeed or fail with EMFILE, and the engine does the work once there are more',
    async (free) => {
      const seen = await whenFree(free);
      for (const [name, outcome] of Object.entries(seen.ours)) {
        const asTheirs = JSON.stringify(outcome) === JSON.stringify(seen.theirs[name]);
        expect([name, asTheirs || (outcome as string[])[0]]).toEqual([name, asTheirs || 'EMFILE']);
      }
      expect(seen.later).toMatchObject({ stat: 7, readFile: 'content', writeFile: 'done', open: 'done' });
      expect(seen).toMatchObject({ backend: backendHere(), ownHandle: true });
      expect(seen.attempts).toBeGreaterThan(0);
    },
  );
});

withAddon('a backend that is forced', () => {
  it('is an error while it cannot be had, and is there afterwards', async () => {
    const seen = await whenFree(0, { RINGFS_BACKEND: 'threads' }).catch((error: Error) => error);
    // capabilities() throws: that is the script's end.
    expect(String(seen)).toContain('RINGFS_BACKEND=threads cannot be had here');
    expect(await whenFree(8, { RINGFS_BACKEND: 'threads' })).toMatchObject({
      backend: 'threads',
      ownHandle: true,
    });
  });
});
