// A fixed share of the differential fuzzing (test/fuzz) in every test run; `npm run fuzz` goes on from there.
import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { functions, leftOut } from './fuzz/functions';
import { members, membersLeftOut } from './fuzz/members';

const PROGRAMS = 200;

/** What the command prints, and whether it found nothing. */
function fuzz(...args: string[]): Promise<{ well: boolean; output: string }> {
  return new Promise((resolve) => {
    const main = path.join(__dirname, 'fuzz', 'main.js');
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ well: error === null, output: stdout + stderr });
    });
  });
}

const without = process.env.RINGFS_TEST_WITHOUT_ADDON !== undefined;

describe('random programs give with ringfs what they give with Node', () => {
  for (const backend of ['auto', 'threads']) {
    (without && backend === 'threads' ? test.skip : test)(
      `backend ${backend}`,
      async () => {
        const { well, output } = await fuzz(
          '--quiet',
          '--seed=1',
          `--programs=${PROGRAMS}`,
          `--backend=${backend}`,
        );
        if (!well) throw new Error(output);
      },
      600_000,
    );
  }
});

describe('the fuzzing knows', () => {
  test('every function of this Node', () => {
    const names = Object.keys(require('node:fs/promises') as object);
    expect(names.filter((name) => !(name in functions) && !(name in leftOut))).toEqual([]);
  });

  test('every member of this Node’s FileHandle', async () => {
    const { open } = require('node:fs/promises') as typeof import('node:fs/promises');
    const handle = await open(__filename);
    const own = [...Object.getOwnPropertyNames(Object.getPrototypeOf(handle)), ...Object.keys(handle)];
    await handle.close();
    const inner = ['constructor', 'onclose'];
    const known = (name: string): boolean =>
      name in members || name in membersLeftOut || inner.includes(name);
    expect(own.filter((name) => !known(name) && !name.startsWith('_'))).toEqual([]);
  });
});
