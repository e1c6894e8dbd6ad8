// Sets up, builds and runs the benchmarks; arguments after `--` go to them.
import { main } from './lib/run.mjs';
import { start } from './lib/start.mjs';

await main(() => start('benchmarks'));
