import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { sideBySide } from './matrix.mjs';
import { root, say } from './run.mjs';

const program = path.join(root, 'packages/fs-compat/dist-test/faults/main.js');

/** What makes a difference to one call at a time; `cached` is what is the default then. */
const LANES = [
  {},
  { RINGFS_LANE: 'ring' },
  { RINGFS_LANE: 'blocking' },
  { RINGFS_BACKEND: 'threads' },
  { RINGFS_BACKEND: 'node' },
];

const nameOf = (env) => Object.values(env)[0] ?? 'auto';

/** What it prints comes when it has ended, in one piece. */
function run(binary, args, env) {
  return new Promise((resolve) => {
    const child = spawn(binary, ['--expose-gc', '--no-warnings', program, '--quiet', ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    child.stdout.on('data', (text) => {
      told += text;
    });
    child.on('close', (code) => {
      say(`public calls, ${nameOf(env)}:\n${told.trimEnd()}`);
      resolve(code === 0);
    });
  });
}

/** The nth-fault loop over the public calls, on every lane and backend; each counts as one test. */
export async function publicFaults(binary, args) {
  const counts = { passed: 0, failed: 0 };
  say(`the nth-fault loop over the public calls: ${LANES.map(nameOf).join(', ')}`);
  await sideBySide(LANES, availableParallelism(), async (env) => {
    const well = await run(binary, args, env);
    counts[well ? 'passed' : 'failed'] += 1;
  });
  return counts;
}
