// The quickest look at ringfs: sets up, builds and runs examples/demo.
import { main } from './lib/run.mjs';
import { start } from './lib/start.mjs';

await main(() => start('examples/demo'));
