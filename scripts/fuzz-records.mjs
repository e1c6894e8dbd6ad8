// libFuzzer on what decodes the records that JavaScript writes (packages/native/test/fuzz), for `--minutes N` (1).
// What it finds interesting is kept in .test-results/fuzz-records, where the next run goes on. The input that broke
// something is kept there too, and its name printed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildTypeScript } from './lib/build-all.mjs';
import { ensure } from './lib/ensure.mjs';
import { main, root, run, Stop, say } from './lib/run.mjs';

const build = path.join(root, 'packages/native/build-test/fuzz');
const kept = path.join(root, '.test-results/fuzz-records');

/** One right record of each op, by path and on a descriptor: from nothing the fuzzer would take long to come so far. */
function writeSeeds(folder) {
  const { layout } = createRequire(import.meta.url)(path.join(root, 'packages/native/dist/index.js'));
  mkdirSync(folder, { recursive: true });
  for (const [name, op] of Object.entries(layout.Op)) {
    for (const onHandle of [false, true]) {
      const words = new Int32Array(layout.RECORD_WORDS);
      const floats = new Float64Array(words.buffer);
      const options = onHandle ? layout.Option.onHandle : 0;
      words.set([op, 1, onHandle ? 3 : -1, 0, 0, options, 0, onHandle ? 0 : 4, onHandle ? 0 : 4]);
      floats.set([-1, 100, 0], 5);
      const input = Buffer.concat([Buffer.from(words.buffer), Buffer.from('/one/two')]);
      writeFileSync(path.join(folder, onHandle ? `${name}-on-handle` : name), input);
    }
  }
}

await main(() => {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Stop(`--minutes ${values.minutes}: a number above 0 is wanted`);
  if (!ensure(['build', 'fuzz']).native) throw new Stop('there is no addon on this platform');
  buildTypeScript();
  say('building the fuzzer, with clang');
  const source = path.join(root, 'packages/native/test/fuzz');
  run('cmake', ['-S', source, '-B', build, '-DCMAKE_CXX_COMPILER=clang++', '--log-level=WARNING']);
  run('cmake', ['--build', build]);
  const seeds = path.join(build, 'seeds');
  writeSeeds(seeds);
  const corpus = path.join(kept, 'corpus');
  mkdirSync(corpus, { recursive: true });
  run(path.join(build, 'fuzz_records'), [
    corpus,
    seeds,
    `-max_total_time=${Math.ceil(minutes * 60)}`,
    '-max_len=512',
    '-use_value_profile=1',
    '-print_final_stats=1',
    `-artifact_prefix=${kept}/`,
  ]);
  say(`${minutes} minutes, and nothing found`);
});
