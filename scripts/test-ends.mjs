// Worker threads terminated, and processes ended in every way, at random moments with mixed work in flight, on every Node
// that we support; ends with a table. Lanes are taken by turns.
//   --nodes=20,22,24,26 --terminations=1000 --exits=300 --kinds=terminations,exit,... --jobs=1 --seed=N
//   --fresh   forgets what earlier runs of the same code have done; otherwise this one does what is missing or failed
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cellFile, chosen, Results, sideBySide, table } from './lib/matrix.mjs';
import { nodeBinary, nodeVersions } from './lib/nodes.mjs';
import { prepareTests } from './lib/prepare-tests.mjs';
import { main, root, say } from './lib/run.mjs';

const tests = path.join(root, 'packages/fs-compat/dist-test');
const program = path.join(tests, 'ends/main.js');
const { values } = parseArgs({
  options: {
    nodes: { type: 'string' },
    kinds: { type: 'string' },
    terminations: { type: 'string', default: '1000' },
    exits: { type: 'string', default: '300' },
    jobs: { type: 'string', default: '1' },
    seed: { type: 'string' },
    fresh: { type: 'boolean', default: false },
  },
});

const nothing = { count: 0, failures: [], slowestMs: 0, files: 0 };

/** Resolves with what was seen, whatever becomes of it. */
function seenBy(cell, count, seed) {
  const file = cellFile('ends', cell.name, 'json');
  rmSync(file, { force: true });
  const args = [`--kind=${cell.kind}`, `--count=${count}`, `--seed=${seed}`, `--json=${file}`];
  const child = spawn(cell.binary, [program, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      output += data;
    });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      const seen = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : nothing;
      const broken = code !== 0 && seen.failures.length === 0;
      resolve(broken ? { ...seen, failures: [`ended with ${code ?? signal}\n${output}`] } : seen);
    });
  });
}

async function runCell(cell, results) {
  const before = results.cells[cell.name] ?? nothing;
  // What has failed is tried again, from the start.
  const done = before.failures.length > 0 ? nothing : before;
  const left = cell.wanted - done.count;
  if (left <= 0) return;
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
  say(`${cell.name}: ${left} from seed ${seed}`);
  const seen = await seenBy(cell, left, seed);
  results.set(cell.name, {
    count: done.count + seen.count,
    failures: seen.failures,
    slowestMs: Math.round(Math.max(done.slowestMs, seen.slowestMs)),
    files: done.files + seen.files,
  });
  for (const failure of seen.failures) say(`${cell.name}: FAILED\n  ${failure}`);
}

function shown({ count, failures, slowestMs } = nothing, wanted) {
  if (failures.length > 0) return `${count}, ${failures.length} FAILED`;
  return count >= wanted ? `${count} (${slowestMs} ms)` : `${count}, unfinished`;
}

await main(async () => {
  prepareTests();
  const nodes = chosen(values.nodes, Object.keys(nodeVersions));
  const ends = await import(path.join(tests, 'acceptance-support/ends.js'));
  const kinds = chosen(values.kinds, ['terminations', ...Object.keys(ends.kinds)]);
  const cells = nodes.flatMap((major) => {
    const binary = nodeBinary(major);
    return kinds.map((kind) => {
      const wanted = Number(kind === 'terminations' ? values.terminations : values.exits);
      return { name: `${major} ${kind}`, major, kind, binary, wanted };
    });
  });
  const results = new Results('ends', ['ends', 'acceptance-support'], values);
  await sideBySide(cells, Number(values.jobs), (cell) => runCell(cell, results));
  const rows = kinds.map((kind) => [
    kind,
    ...nodes.map((major) => {
      const { name, wanted } = cells.find((cell) => cell.major === major && cell.kind === kind);
      return shown(results.cells[name], wanted);
    }),
  ]);
  const head = ['kind of end', ...nodes.map((major) => `Node ${major}`)];
  process.stdout.write(`\nHow many, and the slowest:\n${table([head, ...rows]).join('\n')}\n`);
  const finished = cells.every(
    ({ name, wanted }) => results.cells[name]?.failures.length === 0 && results.cells[name].count >= wanted,
  );
  if (!finished) process.exitCode = 1;
});
