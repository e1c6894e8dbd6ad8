import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root, run, say } from './run.mjs';

const require = createRequire(import.meta.url);

/** In the order in which they need one another, with their entry points. */
const PACKAGES = { native: ['index'], core: ['index', 'internal'], 'fs-compat': ['index', 'promises'] };

/**
 * Makes one file of each package, `bundle/all.js`, in which every module still begins when it is first asked for. Of
 * the seventy files of `dist` each costs Node a look-up, a read and a compilation of its own: half of what an import took.
 */
export function bundle() {
  say('bundling (esbuild)');
  for (const [name, entries] of Object.entries(PACKAGES)) bundlePackage(name, entries);
}

function bundlePackage(name, entries) {
  const folder = path.join(root, 'packages', name);
  const out = path.join(folder, 'bundle');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const first = path.join(out, 'first.js');
  writeFileSync(
    first,
    entries.map((entry) => `exports.${entry} = () => require('../dist/${entry}.js');\n`).join(''),
  );
  run('node', [
    'node_modules/esbuild/bin/esbuild',
    first,
    `--outfile=${path.join(out, 'all.js')}`,
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--packages=external',
    '--sourcemap',
    '--sources-content=false',
    '--log-level=warning',
  ]);
  rmSync(first);
  for (const entry of entries) writeFileSync(path.join(out, `${entry}.js`), face(folder, entry));
  // The ES module faces read `./index.js` or `./promises.js` beside them.
  const faces = readdirSync(path.join(folder, 'dist')).filter((file) => file.endsWith('.mjs'));
  for (const file of faces) copyFileSync(path.join(folder, 'dist', file), path.join(out, file));
}

/**
 * The second line is for Node's lexer, which finds a CommonJS file's names without running it: for ES module faces that
 * hand on every name. Node asks for the value of each name that it finds, and some of node:fs's are getters that warn
 * (`F_OK` on Node 24).
 */
function face(folder, entry) {
  const first = `const all = require('./all.js');\nmodule.exports = all.${entry}();\n`;
  const module = path.join(folder, 'dist', `${entry}.mjs`);
  if (!existsSync(module) || !readFileSync(module, 'utf8').includes(`export * from './${entry}.js'`))
    return first;
  const names = Object.keys(require(path.join(folder, 'dist', `${entry}.js`)));
  const plain = names.filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default');
  return `${first}0 && (module.exports = { ${plain.join(', ')} });\n`;
}
