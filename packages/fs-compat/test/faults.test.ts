// A sample of the nth-fault loop over the public calls; `npm run test:faults` runs it in full.
import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { lanesHere } from './acceptance-support/lanes';

const main = path.resolve(__dirname, 'faults/main.js');
/** Of the pairs of a call and a thing that goes wrong. */
const ONE_IN = 120;
/** Another one each day, and whichever is asked for. */
const SEED = Number(process.env.RINGFS_SEED ?? Math.floor(Date.now() / 86_400_000)) % ONE_IN;

const withAddon = process.env.RINGFS_TEST_WITHOUT_ADDON === undefined ? describe : describe.skip;

function run(env: Record<string, string>, seed: number): Promise<string> {
  return new Promise((resolve) => {
    const args = ['--expose-gc', main, '--quiet', `--one-in=${ONE_IN}`, `--seed=${seed}`];
    execFile(process.execPath, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve(error === null ? stdout : `${error.message}\n${stdout}\n${stderr}`),
    );
  });
}

withAddon('public calls of which something goes wrong, the nth time', () => {
  test.each([...lanesHere(), { RINGFS_BACKEND: 'node' }])(
    'settle once, with the right answer or that error, and leave nothing behind: %j',
    async (env) => {
      const told = await run(env, SEED);
      expect(told).toMatch(/^\w+: \d+ calls, \d+ tries, [1-9]\d* met their fault, 0 wrong; seed \d+\n$/);
    },
    180_000,
  );
});
