import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { attempt, root, run } from './run.mjs';
import { engineTests } from './tests.mjs';

const build = path.join(root, 'packages/native/build-test/coverage');
const out = path.join(root, 'coverage');

/** Runs the engine tests, if not `again`; returns whether they passed, and what of each source file was met. */
export function engineCoverage({ again = false, args = [] } = {}) {
  const passed = again || runTests(args);
  mkdirSync(out, { recursive: true });
  const report = path.join(out, 'engine.json');
  // Branches into the clean-up of an exception are the compiler's: the engine uses none, and is built without a handler.
  run('gcovr', [
    '--root=packages/native/src',
    '--filter=packages/native/src/(engine|ops)/',
    '--exclude-throw-branches',
    '--exclude-unreachable-branches',
    `--json=${report}`,
    build,
  ]);
  return { passed, files: JSON.parse(readFileSync(report, 'utf8')).files.map(counted) };
}

function runTests(args) {
  // What an earlier run has counted; the notes beside them belong to the build.
  attempt('find', [build, '-name', '*.gcda', '-delete'], { stdio: 'ignore' });
  // Not the sample of `npm test`, which is another one each time.
  process.env.RINGFS_FAULTS ??= 'wide';
  return engineTests(['coverage', ...args]).failed === 0;
}

function counted({ file, lines }) {
  const real = lines.filter((line) => !line['gcovr/noncode']);
  const branches = real.flatMap((line) => line.branches.map((branch) => ({ line, branch })));
  const missed = branches.filter(({ branch }) => branch.count === 0);
  return {
    name: path.join('packages/native/src', file),
    lines: { met: real.filter((line) => line.count > 0).length, of: real.length },
    branches: { met: branches.length - missed.length, of: branches.length },
    unmet: [...new Set(missed.map(({ line }) => line.line_number))],
  };
}
