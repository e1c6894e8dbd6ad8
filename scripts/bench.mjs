// Sets up, builds and runs the benchmarks; arguments after `--` go to them.
//   --guard, as the first one: compares this tree with the last recorded run instead
//   --where, as the first one: tells where the CPU time of each row goes
import { main } from './lib/run.mjs';
import { start } from './lib/start.mjs';

const [first, ...rest] = process.argv.slice(2);

const others = { '--guard': 'guard', '--where': 'where' };

await main(() => (first in others ? start('benchmarks', others[first], rest) : start('benchmarks')));
