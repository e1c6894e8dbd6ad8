import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { attempt, root, run, say } from './run.mjs';

const cppFolders = ['packages/native/src', 'packages/native/test'];

function filesBelow(entry) {
  const full = path.join(root, entry);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [entry];
  return readdirSync(full, { recursive: true }).map((file) => path.join(entry, file));
}

function cppFiles(pattern, paths) {
  const inside = (file) => cppFolders.some((dir) => file.startsWith(`${dir}/`));
  const entries =
    paths.length > 0 ? paths.map((entry) => path.relative(root, path.resolve(entry))) : cppFolders;
  return entries.flatMap(filesBelow).filter((file) => inside(file) && pattern.test(file));
}

/** Checks style and lint rules, or repairs what can be (`write`); returns whether all is well. */
export function lint({ write = false, cpp = true, paths = [] } = {}) {
  say(write ? 'formatting' : 'checking style');
  // Paths that hold only C++ leave nothing for biome, which is no error here.
  const options = ['--no-errors-on-unmatched', ...(write ? ['--write'] : [])];
  const ok = attempt('node', [
    'node_modules/@biomejs/biome/bin/biome',
    'check',
    ...options,
    ...(paths.length > 0 ? paths : ['.']),
  ]);
  const files = cpp ? cppFiles(/\.(cc|h)$/, paths) : [];
  if (files.length === 0) return ok;
  return attempt('clang-format', [...(write ? ['-i'] : ['--dry-run', '-Werror']), ...files]) && ok;
}

/** clang-tidy over the addon's sources; needs the compile commands of a native build. */
export function tidy() {
  const files = cppFiles(/\.cc$/, ['packages/native/src']);
  run('clang-tidy', ['-p', 'packages/native/build', '--quiet', '--warnings-as-errors=*', ...files]);
}
