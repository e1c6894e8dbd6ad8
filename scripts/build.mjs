// Sets up, then builds everything; --only=ts or --only=native builds one half.
import { parseArgs } from 'node:util';
import { buildNative, buildTypeScript } from './lib/build-all.mjs';
import { ensure } from './lib/ensure.mjs';
import { main } from './lib/run.mjs';

await main(() => {
  const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
  const { native } = ensure(only === 'ts' ? [] : ['build']);
  if (only !== 'native') buildTypeScript();
  if (only !== 'ts' && native) buildNative();
});
