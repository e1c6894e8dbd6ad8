// Runs the behaviour suite on every Node that we support, with every backend, on the checkout's filesystem and on a
// tmpfs, asks in each which lanes served which function, and ends with a table.
//   --nodes=20,22,24,26 --backends=bare,io_uring,threads,node --bases=checkout,tmpfs --jobs=1
//   --fresh   forgets what earlier runs of the same code have done; otherwise this one does what is missing or failed
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cellFile, chosen, Results, sideBySide, table } from './lib/matrix.mjs';
import { nodeBinary, nodeVersions } from './lib/nodes.mjs';
import { prepareTests } from './lib/prepare-tests.mjs';
import { main, root, Stop, say } from './lib/run.mjs';

/** Each backend with its jest projects, and with the lanes that can be asked for. `bare` is Node itself, the yardstick. */
const backends = {
  bare: { projects: ['node'], lanes: [] },
  io_uring: { projects: ['auto', 'cached', 'ring', 'blocking'], lanes: ['', 'cached', 'ring', 'blocking'] },
  threads: { projects: ['threads'], lanes: ['', 'blocking'] },
  node: { projects: ['node-backend'], lanes: [] },
};
const bases = { checkout: path.join(root, 'packages/fs-compat/dist-test'), tmpfs: '/dev/shm/ringfs-test' };

const { values } = parseArgs({
  options: {
    nodes: { type: 'string' },
    backends: { type: 'string' },
    bases: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    fresh: { type: 'boolean', default: false },
  },
});

/** Resolves whatever becomes of it; everything that it says is in `output`. */
function runNode(cell, args, env) {
  const options = { cwd: root, maxBuffer: 1 << 28, env: { ...process.env, ...env } };
  return new Promise((resolve) => {
    execFile(cell.binary, args, options, (error, stdout, stderr) =>
      resolve({ well: error === null, stdout, output: stdout + stderr }),
    );
  });
}

async function suite(cell) {
  const report = cellFile('suite', cell.name, 'json');
  rmSync(report, { force: true });
  const jest = ['node_modules/jest/bin/jest.js', '--maxWorkers=1', '--json', `--outputFile=${report}`];
  const projects = ['--selectProjects', ...backends[cell.backend].projects];
  const { output } = await runNode(cell, [...jest, ...projects], {
    RINGFS_TEST_BASE: bases[cell.base],
    RINGFS_EVERY_LANE: '1',
  });
  if (!existsSync(report)) return { passed: 0, failed: 1, failures: [output.slice(-4000)] };
  const found = JSON.parse(readFileSync(report, 'utf8'));
  const failures = found.testResults.flatMap((file) => [
    ...(file.assertionResults.length === 0 && file.status === 'failed'
      ? [`${file.name}\n${file.message}`]
      : []),
    ...file.assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName),
  ]);
  return {
    passed: found.numPassedTests,
    failed: found.numFailedTests + found.numRuntimeErrorTestSuites,
    failures,
  };
}

async function lanes(cell) {
  const program = path.join(root, 'packages/fs-compat/dist-test/lanes/main.js');
  const served = {};
  for (const lane of backends[cell.backend].lanes) {
    const env = { RINGFS_BACKEND: cell.backend, RINGFS_LANE: lane };
    const { well, stdout, output } = await runNode(cell, [program, bases[cell.base]], env);
    if (!well) throw new Stop(`no lanes can be asked for on ${cell.name}:\n${output}`);
    served[lane === '' ? 'auto' : lane] = JSON.parse(stdout);
  }
  return served;
}

async function askLanes(cell, results) {
  if (results.cells[cell.name] === undefined) results.set(cell.name, { lanes: await lanes(cell) });
}

async function runSuite(cell, results) {
  const before = results.cells[cell.name];
  if (before.failed === 0) return;
  say(`${cell.name} ...`);
  const result = { lanes: before.lanes, ...(await suite(cell)) };
  results.set(cell.name, result);
  say(`${cell.name}: ${result.passed} passed, ${result.failed} failed`);
  for (const failure of result.failures) say(`  ${failure}`);
}

function rows(cells, results) {
  const columns = [...new Set(cells.map(({ backend, base }) => `${backend}, ${base}`))];
  const majors = [...new Set(cells.map(({ major }) => major))];
  const cell = (name) => {
    const { passed, failed } = results.cells[name] ?? {};
    if (passed === undefined) return '-';
    return failed === 0 ? String(passed) : `${passed}, ${failed} FAILED`;
  };
  return [
    ['Node', ...columns],
    ...majors.map((major) => [major, ...columns.map((it) => cell(`${major}, ${it}`))]),
  ];
}

await main(async () => {
  prepareTests();
  mkdirSync(bases.tmpfs, { recursive: true });
  const cells = chosen(values.nodes, Object.keys(nodeVersions)).flatMap((major) => {
    const binary = nodeBinary(major);
    return chosen(values.bases, Object.keys(bases)).flatMap((base) =>
      chosen(values.backends, Object.keys(backends)).map((backend) => ({
        name: `${major}, ${backend}, ${base}`,
        major,
        backend,
        base,
        binary,
      })),
    );
  });
  const results = new Results('suite', ['behaviour', 'support', 'lanes'], values);
  const jobs = Number(values.jobs);
  await sideBySide(cells, jobs, (cell) => askLanes(cell, results));
  await sideBySide(cells, jobs, (cell) => runSuite(cell, results));
  process.stdout.write(`\nTests passed:\n${table(rows(cells, results)).join('\n')}\n`);
  if (cells.some(({ name }) => results.cells[name]?.failed !== 0)) process.exitCode = 1;
});
