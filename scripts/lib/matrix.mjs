// Many runs of one kind (a cell each), several side by side, whose results are kept: a run that was interrupted, or that
// asks for more, goes on where the last one ended. What the results are of is noted too; other code starts anew.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, say } from './run.mjs';

const home = path.join(root, '.test-results/matrix');

/** A hash of everything that runs: the built packages, the addon, and these folders of tests of fs-compat. */
function fingerprint(tests) {
  const hash = createHash('sha256');
  const built = ['native', 'core', 'fs-compat'].flatMap((name) => [
    `${name}/bundle`,
    `${name}/build/Release`,
  ]);
  for (const folder of [...built, ...tests.map((name) => `fs-compat/dist-test/${name}`)]) {
    const whole = path.join(root, 'packages', folder);
    if (!existsSync(whole)) continue;
    for (const file of programsBelow(whole))
      hash.update(path.relative(root, file)).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

/** The commit that is checked out, and whether there is more than it holds. */
function commit() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`;
}

function programsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return programsBelow(file);
    return /\.(m?js|node)$/.test(entry.name) ? [file] : [];
  });
}

export class Results {
  #file;
  #of;
  #commit = commit();
  cells = {};

  constructor(kind, tests, { fresh }) {
    this.#of = fingerprint(tests);
    mkdirSync(home, { recursive: true });
    this.#file = path.join(home, `${kind}.json`);
    const before = readResults(kind);
    if (before === undefined) return;
    if (before.of !== this.#of) say('the code has changed since: starting anew');
    else if (!fresh) this.cells = before.cells;
  }

  set(name, result) {
    this.cells[name] = result;
    const at = new Date().toISOString();
    const text = JSON.stringify({ of: this.#of, commit: this.#commit, at, cells: this.cells }, null, 1);
    writeFileSync(`${this.#file}.new`, text);
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** What an earlier run left, or undefined. */
export function readResults(kind) {
  const file = path.join(home, `${kind}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** A file of this name for a cell's own output. */
export function cellFile(kind, name, extension) {
  const folder = path.join(home, kind);
  mkdirSync(folder, { recursive: true });
  return path.join(folder, `${name.replaceAll(/[^\w.-]+/g, '_')}.${extension}`);
}

/** Runs `work` for every item, `jobs` at a time. */
export async function sideBySide(items, jobs, work) {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, worker));
}

/** Rows of texts, the first of which is the head, as a Markdown table that is also good to read as it is. */
export function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(3, ...rows.map((row) => String(row[i]).length)));
  const line = (row) => `| ${row.map((cell, i) => String(cell).padEnd(widths[i])).join(' | ')} |`;
  return [
    line(rows[0]),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...rows.slice(1).map(line),
  ];
}

/** A list option, `20,22` say, checked against what there is. */
export function chosen(text, all) {
  return text === undefined
    ? all
    : text.split(',').map((item) => all.find((one) => String(one) === item) ?? fail(item, all));
}

function fail(item, all) {
  throw new Error(`${item} is none of ${all.join(', ')}`);
}
