import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { attempt, root } from './run.mjs';

const require = createRequire(import.meta.url);

/** V8's own counts, of jest's sandboxes and of every process and worker that a test starts. */
const folder = path.join(root, 'coverage/ts');

/** What runs are the bundles; their source maps lead to the TypeScript. */
const FILES = { core: ['internal.js'], 'fs-compat': ['all.js', 'fs.js'] };
const bundlesOf = (name) => FILES[name].map((file) => path.join(root, 'packages', name, 'bundle', file));

/**
 * The packages' own tests once, and the behaviour suite on these lanes. Tests that measure are left out, for counting
 * slows everything; so are those of what is packed and installed elsewhere.
 */
const ARGUMENTS = ['--selectProjects', 'packages', 'auto', 'threads', 'node-backend', '--maxWorkers=2'];

/** Their processes may not write what they have counted: a limit of file sizes, another user, a profile of system calls. */
const MAY_NOT_COUNT = 'file-size limit|without read permission|with io_uring_setup answering';

/** Runs the tests, if `run`; returns whether they passed, and for each package what of each source file was met. */
export async function typeScriptCoverage(names, { again = false, args = [] } = {}) {
  const passed = again || runTests(names, args);
  const merged = mergedCounts(names.flatMap(bundlesOf).map((file) => pathToFileURL(file).href));
  const packages = {};
  for (const name of names) packages[name] = await files(name, merged);
  return { passed, packages };
}

function runTests(names, args) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return attempt(
    'node',
    [
      'node_modules/jest/bin/jest.js',
      '--coverage',
      '--coverageProvider=v8',
      '--coverageReporters=none',
      ...names.flatMap(bundlesOf).map((file) => `--collectCoverageFrom=${path.relative(root, file)}`),
      '--config',
      JSON.stringify({
        ...require(path.join(root, 'jest.config.cjs')),
        reporters: ['default', [path.join(root, 'jest/coverage-reporter.cjs'), { folder }]],
      }),
      `--testNamePattern=^(?!.*(${MAY_NOT_COUNT}))`,
      ...(args.length > 0 ? args : ARGUMENTS),
    ],
    { env: { RINGFS_COVERAGE: folder } },
  );
}

/** Modules of jest's own: what reads and merges V8's counts there does so here. */
function jests(name) {
  let from = createRequire(require.resolve('jest/package.json'));
  for (const step of ['@jest/core', '@jest/reporters']) from = createRequire(from.resolve(step));
  if (name === '@bcoe/v8-coverage') from = createRequire(from.resolve('collect-v8-coverage'));
  return from(name);
}

function mergedCounts(urls) {
  const { mergeProcessCovs } = jests('@bcoe/v8-coverage');
  let all = { result: [] };
  let waiting = [];
  const merge = () => {
    all = mergeProcessCovs([all, ...waiting]);
    waiting = [];
  };
  for (const file of readdirSync(folder)) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    // A process that was killed amid the writing leaves a beginning.
    if (!text.endsWith('}')) continue;
    const { result } = JSON.parse(text);
    waiting.push({ result: result.filter(({ url }) => urls.includes(url)) });
    if (waiting.length === 64) merge();
  }
  merge();
  return all.result;
}

async function files(name, merged) {
  const v8ToIstanbul = jests('v8-to-istanbul');
  const { createCoverageMap } = jests('istanbul-lib-coverage');
  const map = createCoverageMap({});
  for (const bundle of bundlesOf(name)) {
    const converter = v8ToIstanbul(bundle, 0);
    await converter.load();
    for (const { url, functions } of merged)
      if (url === pathToFileURL(bundle).href) converter.applyCoverage(functions);
    map.merge(converter.toIstanbul());
  }
  const sources = path.join(root, 'packages', name, 'src');
  return map
    .files()
    .filter((file) => file.startsWith(sources))
    .sort()
    .map((file) => {
      const coverage = map.fileCoverageFor(file);
      const { lines, branches } = coverage.toSummary().data;
      return {
        name: path.relative(root, file),
        lines: { met: lines.covered, of: lines.total },
        branches: { met: branches.covered, of: branches.total },
        unmet: unmetIn(coverage),
      };
    });
}

function unmetIn(coverage) {
  const { branchMap, b } = coverage.data;
  return Object.entries(branchMap)
    .filter(([key]) => b[key].includes(0))
    .map(([, { loc }]) => `${loc.start.line}:${loc.start.column} to ${loc.end.line}:${loc.end.column}`);
}
