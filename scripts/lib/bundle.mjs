import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root, run, say } from './run.mjs';

const require = createRequire(import.meta.url);

/**
 * Makes few files of each package's TypeScript: of the seventy of `dist` each would cost Node a look-up, a read and a
 * compilation of its own. In one file, functions of one module call those of another by name, and V8 reads none twice.
 */
export function bundle() {
  say('bundling (esbuild)');
  for (const name of ['native', 'core', 'fs-compat']) begin(name);
  esbuild(['packages/native/src/index.ts'], 'packages/native/bundle', SMALL);
  esbuild(['packages/core/src/internal.ts'], 'packages/core/bundle', SMALL);
  write('core', 'index.js', coreIndex());
  bundleCompat();
}

const folderOf = (name) => path.join(root, 'packages', name);

/** Empties the folder, but for the ES module faces, which read `./index.js` or `./promises.js` beside them. */
function begin(name) {
  const [dist, out] = ['dist', 'bundle'].map((folder) => path.join(folderOf(name), folder));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  for (const file of readdirSync(dist).filter((name) => name.endsWith('.mjs')))
    copyFileSync(path.join(dist, file), path.join(out, file));
}

/** No blanks, but short lines: an uncaught error shows the one that it comes from. */
const SMALL = ['--format=cjs', '--minify-whitespace', '--minify-syntax', '--line-limit=160'];

function esbuild(files, out, options) {
  run('node', [
    'node_modules/esbuild/bin/esbuild',
    ...files.map((file) => path.join(root, file)),
    `--outdir=${path.join(root, out)}`,
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--packages=external',
    '--sourcemap',
    '--sources-content=false',
    '--log-level=warning',
    ...options,
  ]);
}

function write(name, file, text) {
  writeFileSync(path.join(folderOf(name), 'bundle', file), text);
}

/**
 * `all.js` for both of its entry points, `fs.js` with what only the callback functions need. esbuild divides ES modules
 * alone, so that each file is made a CommonJS one afterwards; meanwhile `require` has another name, or it would become
 * a function that looks for one.
 */
function bundleCompat() {
  const [whole, out] = ['packages/fs-compat/bundle/parts', 'packages/fs-compat/bundle'];
  const sources = ['fs.ts', 'fs-promises.ts'].map((file) => `packages/fs-compat/src/${file}`);
  esbuild(sources, whole, [
    '--format=esm',
    '--splitting',
    '--chunk-names=all',
    '--define:require=ringfsRequire',
  ]);
  const parts = ['all.js', 'fs.js'].map((file) => `${whole}/${file}`);
  esbuild(parts, out, [...SMALL, '--external:./all.js', '--define:ringfsRequire=require']);
  rmSync(path.join(root, whole), { recursive: true });
  write('fs-compat', 'promises.js', handsOn('./all.js', 'promises'));
  write('fs-compat', 'index.js', handsOn('./fs.js', 'fs'));
  for (const face of ['promises', 'index']) requireIt(face);
}

/**
 * The ES module face for Node itself (condition `node-addons`): it requires the CommonJS file where the other one, which
 * bundlers can follow, imports it. Node 20 takes 0.8 ms for the import of a CommonJS file.
 */
function requireIt(face) {
  const text = readFileSync(path.join(folderOf('fs-compat'), 'bundle', `${face}.mjs`), 'utf8');
  const imported = new RegExp(`^import (\\w+) from '(./${face}.js)';$`, 'm');
  if (!imported.test(text)) throw new Error(`${face}.mjs imports no ${face}.js`);
  const required =
    "import { createRequire } from 'node:module';\n\nconst $1 = createRequire(import.meta.url)('$2');";
  write(
    'fs-compat',
    `${face}.node.mjs`,
    text.replace(imported, required).replace(/^\/\/# sourceMappingURL.*$/m, ''),
  );
}

/** In two statements: what Node's lexer takes for a file that hands on another's names makes it read that one as well. */
function handsOn(file, name) {
  return `const all = require('${file}');\nmodule.exports = all.${name};\n`;
}

/**
 * In the one file some functions had to be given other names, where theirs was taken (`open3`). The last line is for
 * Node's lexer, which finds a CommonJS file's names without running it, so that the ES module face can hand on every name.
 */
function coreIndex() {
  const names = Object.keys(require(path.join(folderOf('core'), 'dist/index.js')));
  return `const { api } = require('./internal.js');
for (const [name, value] of Object.entries(api)) Object.defineProperty(value, 'name', { value: name });
module.exports = Object.defineProperty({ ...api }, '__esModule', { value: true });
0 && (module.exports = { ${names.join(', ')} });
`;
}
