// Worker threads die at any moment, with any work in flight, and leave nothing behind.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { backendHere, hasAddon, program, report, say } from './acceptance-support/run';
import { mkfifo, pattern, tempDir } from './support/subject';

const WORKERS = 100;
/** Another one each day, and whichever is asked for. */
const SEED = Number(process.env.RINGFS_SEED ?? Math.floor(Date.now() / 86_400_000));

interface Aftermath {
  leaked: { threads: string[]; descriptors: string[] };
  foreign: string[];
  failures: string[];
  limits: [string, string];
  terminated: number;
  written: number;
  inFlight: number;
  slowestTerminateMs: number;
}

const here = hasAddon ? backendHere() : 'node';
const lanes: [string, Record<string, string>, boolean][] = [
  ['auto', {}, here !== 'node'],
  ['ring', { RINGFS_LANE: 'ring' }, here === 'io_uring'],
  ['blocking', { RINGFS_LANE: 'blocking' }, here !== 'node'],
  ['threads', { RINGFS_BACKEND: 'threads' }, here !== 'node'],
];

describe.each(lanes)(
  '100 worker threads, each terminated at a random moment, lane %s',
  (lane, env, possible) => {
    const when = possible ? it : it.skip;
    const skipped = possible ? '' : ` (skipped: this machine has ${here})`;

    when(
      `no crash, no leaked thread or descriptor, no foreign byte, RLIMIT_NOFILE as it was; seed ${SEED}${skipped}`,
      async () => {
        const folder = tempDir();
        mkfifo(path.join(folder, 'fifo'));
        fs.mkdirSync(path.join(folder, 'read'));
        fs.writeFileSync(path.join(folder, 'read', '0-large'), pattern(3 << 20));
        for (let i = 0; i < 40; i++)
          fs.writeFileSync(path.join(folder, 'read', `file-${i}`), pattern(4000 + i));
        const ended = await program('worker-storm', [folder, SEED, WORKERS], {
          env,
          // Node itself warns of the FileHandles that a terminated worker could not close.
          flags: ['--no-warnings'],
          timeoutMs: 100_000,
        });
        expect([ended.code, ended.stderr]).toEqual([0, '']);
        const seen = report<Aftermath>(ended);
        const { terminated, written, slowestTerminateMs } = seen;
        say(
          `${lane}, seed ${SEED}: ${terminated} workers in ${(ended.ms / 1000).toFixed(1)} s, ` +
            `slowest terminate ${slowestTerminateMs} ms, ${written} files written meanwhile`,
        );
        expect(seen).toMatchObject({
          leaked: { threads: [], descriptors: [] },
          foreign: [],
          failures: [],
          inFlight: 0,
          terminated: WORKERS,
        });
        expect(seen.limits[1]).toBe(seen.limits[0]);
        expect(seen.limits[0]).toMatch(/^Max open files +\d/);
        expect(written).toBeGreaterThan(100);
        // Nothing in flight here may take the five seconds after which a thread is left behind.
        expect(slowestTerminateMs).toBeLessThan(4000);
      },
      120_000,
    );
  },
);
