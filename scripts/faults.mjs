// The nth-fault loop in full: every op of the engine, on every lane, with each errno, once and for good. `npm test` takes
// a sample of it. Arguments go to the engine tests: a flavour, or RINGFS_FAULT_CASE='readFile' in front for some ops.
import { ensure } from './lib/ensure.mjs';
import { main, Stop } from './lib/run.mjs';
import { engineTests } from './lib/tests.mjs';

await main(() => {
  const { native } = ensure(['build', 'test']);
  if (!native) throw new Stop('there is no engine on this platform');
  process.env.RINGFS_FAULTS = 'all';
  const flavours = process.argv.slice(2);
  const { passed, failed } = engineTests([
    ...(flavours.length > 0 ? flavours : ['plain']),
    '--test-case=nth fault*',
  ]);
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
});
