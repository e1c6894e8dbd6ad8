// Sets up, builds and runs the benchmarks; arguments after `--` go to them.
//   --guard, as the first one: compares this tree with the last recorded run instead
import { main } from './lib/run.mjs';
import { start } from './lib/start.mjs';

const [first, ...rest] = process.argv.slice(2);

await main(() => (first === '--guard' ? start('benchmarks', 'guard', rest) : start('benchmarks')));
