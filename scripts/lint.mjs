// Style and lint rules: biome for TypeScript and JSON, clang-format for C++. --write repairs, --tidy adds clang-tidy.
// Paths limit it to these files and folders.
import { parseArgs } from 'node:util';
import { buildNative } from './lib/build-all.mjs';
import { ensure } from './lib/ensure.mjs';
import { lint, tidy } from './lib/lint.mjs';
import { main, Stop } from './lib/run.mjs';

await main(() => {
  const { values, positionals } = parseArgs({
    options: { write: { type: 'boolean', default: false }, tidy: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const { native } = ensure(['lint', ...(values.tidy ? ['build', 'tidy'] : [])]);
  const ok = lint({ write: values.write, cpp: native, paths: positionals });
  if (values.tidy && native) {
    buildNative();
    tidy();
  }
  if (!ok) throw new Stop('lint found something; `npm run format` repairs what it can');
});
