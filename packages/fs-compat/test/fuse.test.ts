// A filesystem that never answers (FUSE here, as a network filesystem would be): it keeps what asks it, and nothing else.
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  backendHere,
  compile,
  type Ended,
  hasAddon,
  isRoot,
  program,
  type RunOptions,
  report,
  say,
} from './acceptance-support/run';
import { tempDir } from './support/subject';

const here = hasAddon ? backendHere() : 'node';
const possible = here !== 'node' && isRoot && fs.existsSync('/dev/fuse');
const why = possible ? '' : ' (skipped: needs the addon, root and /dev/fuse)';

const lanes: [string, Record<string, string>, boolean][] = [
  ['auto', {}, true],
  ['ring', { RINGFS_LANE: 'ring' }, here === 'io_uring'],
  ['blocking', { RINGFS_LANE: 'blocking' }, true],
  ['threads', { RINGFS_BACKEND: 'threads' }, true],
];
const BARE = 'node:fs/promises';
/** Far beyond what 1,000 ops take, and what a busy machine makes of it; an op that hangs ends never. */
const SOON_MS = 5000;

let fuse = '';
beforeAll(() => {
  if (possible) fuse = compile('silent_fuse', tempDir());
});

/** A program beside a filesystem that does not answer. */
function beside(what: string, options: RunOptions, ...more: string[]): Promise<Ended> {
  const folder = tempDir();
  const [far, near] = [path.join(folder, 'far'), path.join(folder, 'near')];
  fs.mkdirSync(far);
  fs.mkdirSync(near);
  fs.symlinkSync(far, path.join(near, 'link'));
  fs.symlinkSync('.', path.join(near, 'home'));
  fs.writeFileSync(path.join(near, 'there'), '');
  const flags = ['--no-warnings'];
  const by = [fuse, far];
  return program('beside-silence', [what, far, near, ...more], { flags, by, timeoutMs: 40_000, ...options });
}

const silence = async <T>(what: string, options: RunOptions, ...more: string[]): Promise<T> =>
  report<T>(await beside(what, options, ...more));

interface Beside {
  begun: number;
  ended: string[];
  took: Record<string, number>;
}

describe.each(lanes)(`with ops that hang on a FUSE filesystem, lane %s${why}`, (lane, env, isHere) => {
  const when = possible && isHere ? it : it.skip;

  when(
    'thousands of ops on ordinary files end soon while 98 hang',
    async () => {
      const seen = await silence<Beside>('beside', { env });
      expect(seen.ended).toEqual([]);
      expect(seen.begun).toBe(98);
      expect(seen.took).toMatchObject({ readFile: expect.any(Number), stat: expect.any(Number) });
      say(`${lane}: ${JSON.stringify(seen.took)} ms`);
      expect(Object.values(seen.took).filter((ms) => ms > SOON_MS)).toEqual([]);
    },
    60_000,
  );

  when(
    'an aborted read is told at once, and an aborted write that has not begun',
    async () => {
      expect(await silence('abort', { env })).toEqual({
        readFile: 'AbortError',
        writeFile: 'AbortError',
        'handle.readFile': 'AbortError',
      });
    },
    60_000,
  );

  when(
    'a worker with ops that hang is terminated, and the others go on',
    async () => {
      const { terminateMs, after } = await silence<{ terminateMs: number; after: string }>('worker', { env });
      say(`${lane}: terminated in ${terminateMs} ms`);
      expect(after).toBe('after');
      expect(terminateMs).toBeLessThan(4000);
    },
    60_000,
  );

  when(
    'process.exit() ends the process, with its code',
    async () => {
      const ended = await beside('exit', { env });
      expect([ended.code, ended.stderr]).toEqual([7, '']);
      expect(ended.ms).toBeLessThan(SOON_MS);
    },
    60_000,
  );

  when(
    'files that answer are as in Node, and none stays open',
    async () => {
      const bare = await silence('answers', {}, BARE);
      expect(bare).toMatchObject({
        bytesRead: 6,
        bytesWritten: 4,
        content: true,
        missing: 'ENOENT',
        open: [],
      });
      expect(await silence('answers', { env })).toEqual(bare);
    },
    60_000,
  );
});

(possible ? it : it.skip)(
  `in bare Node nothing goes on beside them, and process.exit does not end it${why}`,
  async () => {
    const ended = await beside('beside', { timeoutMs: 12_000 }, BARE, '3000');
    expect(ended.code).toBe('SIGKILL');
    expect(JSON.parse(ended.stdout)).toMatchObject({ ended: [], took: 'does not end' });
  },
  60_000,
);
