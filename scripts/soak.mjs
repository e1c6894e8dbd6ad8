// Sets up, builds, then random reads, writes, truncates, appends, renames, streams and aborts against a model, until the
// time is over or something differs; ends with what memory, descriptors and threads did meanwhile.
//   --minutes=60 --seed=N --actors=8 --node=20 (a major, or the path of a binary) --backend=io_uring|threads|node --lane=NAME
//   --plot=FILE   draws memory and descriptors over time, as SVG
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cellFile } from './lib/matrix.mjs';
import { askedNode } from './lib/nodes.mjs';
import { prepareTests } from './lib/prepare-tests.mjs';
import { attempt, main, root, Stop, say } from './lib/run.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string' },
    actors: { type: 'string' },
    node: { type: 'string' },
    backend: { type: 'string' },
    lane: { type: 'string' },
    plot: { type: 'string' },
  },
});

async function plot(samples, file) {
  const charts = path.join(root, 'benchmarks/dist/charts');
  const [{ soakChart }, { renderSvg }, { light }] = await Promise.all(
    ['soak', 'svg', 'theme'].map((name) => import(path.join(charts, `${name}.js`))),
  );
  writeFileSync(file, await renderSvg(soakChart(JSON.parse(readFileSync(samples, 'utf8')), light)));
  say(`drawn: ${file}`);
}

await main(async () => {
  prepareTests();
  const samples = cellFile('soak', `samples-${process.pid}`, 'json');
  const program = path.join(root, 'packages/fs-compat/dist-test/soak/main.js');
  const given = ['minutes', 'seed', 'actors'].filter((name) => values[name] !== undefined);
  const args = [program, ...given.map((name) => `--${name}=${values[name]}`), `--json=${samples}`];
  const env = {
    // With an arena of the allocator's for each thread, resident memory rose by 32 MiB in five of ten minutes (Node 26),
    // with one it did not in four: perhaps each arena creeps to its own peak. An hour with many was not seen.
    MALLOC_ARENA_MAX: '1',
    ...(values.backend === undefined ? {} : { RINGFS_BACKEND: values.backend }),
    ...(values.lane === undefined ? {} : { RINGFS_LANE: values.lane }),
  };
  if (!attempt(askedNode(values.node), args, { env })) process.exitCode = 1;
  if (values.plot === undefined) return;
  if (!existsSync(samples)) throw new Stop('there is nothing to draw');
  await plot(samples, path.resolve(values.plot));
});
