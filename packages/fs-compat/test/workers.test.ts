// Worker threads die at any moment, with any work in flight, and leave nothing behind. `npm run test:ends` does it a
// thousand times on each Node.
import { backendHere, hasAddon, say } from './acceptance-support/run';
import { faults, furnish, storm } from './acceptance-support/terminations';
import { tempDir } from './support/subject';

const WORKERS = 100;
/** Another one each day, and whichever is asked for. */
const SEED = Number(process.env.RINGFS_SEED ?? Math.floor(Date.now() / 86_400_000));

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
        furnish(folder);
        const began = performance.now();
        const seen = await storm({ folder, seed: SEED, workers: WORKERS, env });
        const { written, slowestTerminateMs } = seen;
        say(
          `${lane}, seed ${SEED}: ${WORKERS} workers in ${((performance.now() - began) / 1000).toFixed(1)} s, ` +
            `slowest terminate ${slowestTerminateMs} ms, ${written} files written meanwhile`,
        );
        expect(faults(seen, WORKERS)).toEqual([]);
        // Nothing in flight here may take the five seconds after which a thread is left behind.
        expect(slowestTerminateMs).toBeLessThan(4000);
      },
      120_000,
    );
  },
);
