// Fuzzes every pair of a Node and a backend for some minutes each, and ends with a table.
//   --minutes=10 --jobs=2 --nodes=20,22,24,26 --backends=io_uring,threads,node --seed=N
//   --fresh   forgets what earlier runs of the same code have done; otherwise this one goes on from there
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cellFile, chosen, Results, sideBySide, table } from './lib/matrix.mjs';
import { nodeBinary, nodeVersions } from './lib/nodes.mjs';
import { prepareTests } from './lib/prepare-tests.mjs';
import { main, root, say } from './lib/run.mjs';

const program = path.join(root, 'packages/fs-compat/dist-test/fuzz/main.js');
const nothing = { milliseconds: 0, programs: 0, calls: {} };

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    jobs: { type: 'string', default: '2' },
    nodes: { type: 'string' },
    backends: { type: 'string' },
    seed: { type: 'string' },
    fresh: { type: 'boolean', default: false },
  },
});
const wanted = Number(values.minutes) * 60_000;

/** One stretch of a pair's time; resolves with what it printed when it failed. */
function stretch(pair, seed, minutes, onProgress) {
  const file = cellFile('fuzz', pair.name, 'json');
  rmSync(file, { force: true });
  const args = ['--quiet', `--node=${pair.binary}`, `--backend=${pair.backend}`, `--seed=${seed}`];
  const child = spawn(process.execPath, [program, ...args, `--minutes=${minutes}`, `--json=${file}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  const read = () => {
    // It may be half written: then the next look will do.
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (text.endsWith('}')) onProgress(JSON.parse(text).progress);
  };
  const timer = setInterval(read, 5000);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(timer);
      read();
      resolve(code === 0 ? undefined : output);
    });
  });
}

function sum(before, progress) {
  if (progress === undefined) return before;
  const calls = { ...before.calls };
  for (const [name, n] of Object.entries(progress.calls)) calls[name] = (calls[name] ?? 0) + n;
  return {
    milliseconds: before.milliseconds + progress.milliseconds,
    programs: before.programs + progress.programs,
    calls,
  };
}

async function fuzzPair(pair, results) {
  const cell = results.cells[pair.name] ?? nothing;
  const left = (wanted - cell.milliseconds) / 60_000;
  // What has failed stays failed until the code changes.
  if (cell.failure !== undefined || left <= 0.01) return;
  const seed = values.seed ?? Math.floor(Math.random() * 2 ** 30);
  say(`${pair.name}: ${left.toFixed(1)} minutes from seed ${seed}`);
  let now = cell;
  const failure = await stretch(pair, seed, left, (progress) => {
    now = sum(cell, progress);
    results.set(pair.name, now);
  });
  results.set(pair.name, { ...now, failure });
  if (failure !== undefined) say(`${pair.name}: FAILED\n${failure}`);
}

function row(pair, cell = nothing) {
  const made = Object.values(cell.calls).reduce((all, n) => all + n, 0);
  const verdict =
    cell.failure !== undefined ? 'DIFFERS' : cell.milliseconds >= wanted * 0.99 ? 'none' : 'unfinished';
  return [pair.major, pair.backend, (cell.milliseconds / 60_000).toFixed(1), cell.programs, made, verdict];
}

await main(async () => {
  prepareTests();
  const nodes = chosen(values.nodes, Object.keys(nodeVersions));
  const backends = chosen(values.backends, ['io_uring', 'threads', 'node']);
  const pairs = nodes.flatMap((major) => {
    const binary = nodeBinary(major);
    return backends.map((backend) => ({ name: `${major} ${backend}`, major, backend, binary }));
  });
  // What the fuzzer has found nothing in is not in question when the fuzzer changes.
  const results = new Results('fuzz', [], values);
  await sideBySide(pairs, Number(values.jobs), (pair) => fuzzPair(pair, results));
  const rows = pairs.map((pair) => row(pair, results.cells[pair.name]));
  const head = ['Node', 'backend', 'minutes', 'programs', 'calls compared', 'differences'];
  process.stdout.write(`\n${table([head, ...rows]).join('\n')}\n`);
  if (rows.some((cells) => cells.at(-1) !== 'none')) process.exitCode = 1;
});
