import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { attempt, root } from './run.mjs';

// Each of these returns {passed, failed, failures}: the counts, and of each failure a text that says which one and why. A
// step that breaks without counting anything counts as one failure.

const results = path.join(root, '.test-results');

function resultFile(name) {
  mkdirSync(results, { recursive: true });
  const file = path.join(results, name);
  rmSync(file, { force: true });
  return file;
}

function counted(file, read, ok) {
  const { passed, failed, failures } = existsSync(file)
    ? read(JSON.parse(readFileSync(file, 'utf8')))
    : { passed: 0, failed: 0, failures: [] };
  return { passed, failed: ok ? failed : Math.max(failed, 1), failures };
}

export function engineTests(args = []) {
  const file = resultFile('engine.json');
  const ok = attempt('node', ['packages/native/scripts/test-engine.mjs', `--summary=${file}`, ...args]);
  return counted(file, (total) => total, ok);
}

// What is measured or counted must not be disturbed by other tests; all the rest may use every core. Workers are replaced
// before they grow large: to start a process takes the longer the larger its parent is.
const WITHOUT_ARGUMENTS = [
  [
    '--ignoreProjects',
    'measured',
    `--maxWorkers=${Math.max(2, availableParallelism())}`,
    '--workerIdleMemoryLimit=500MB',
  ],
  ['--selectProjects', 'measured', '--runInBand'],
];

export function jestTests({ native, args = [] }) {
  if (args.length > 0) return jest(['--maxWorkers=50%', ...args], native, { RINGFS_EVERY_LANE: '1' });
  const total = { passed: 0, failed: 0, failures: [] };
  for (const part of WITHOUT_ARGUMENTS) {
    const { passed, failed, failures } = jest(part, native);
    total.passed += passed;
    total.failed += failed;
    total.failures.push(...failures);
  }
  return total;
}

function jest(args, native, more = {}) {
  const file = resultFile('jest.json');
  const ok = attempt(
    'node',
    ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${file}`, ...args],
    // --json also prints everything to stdout. The readable report comes on stderr: put it into our stdout, so that
    // the counts stay behind it in a log.
    { stdio: ['inherit', 'ignore', 1], env: native ? more : { ...more, RINGFS_TEST_WITHOUT_ADDON: '1' } },
  );
  return counted(
    file,
    (report) => ({
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
      failures: report.testResults.flatMap(failuresOf),
    }),
    ok,
  );
}

// A stack without the frames of jest itself.
const withoutFrames = (text) => text.replace(/^ +at .*node_modules.*\n?/gm, '');

function failuresOf({ name, message, assertionResults }) {
  const file = path.relative(root, name);
  const tests = assertionResults.filter(({ status }) => status === 'failed');
  const texts = tests.map(
    (test) => `${file}: ${test.fullName}\n${withoutFrames(test.failureMessages.join('\n'))}`,
  );
  // A file that could not be run has no tests that failed, but says why.
  return texts.length === 0 && assertionResults.length === 0 && message !== ''
    ? [`${file}: ${message}`]
    : texts;
}
