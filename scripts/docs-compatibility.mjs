// Writes docs/compatibility.md from docs/compatibility.template.md and from what has been seen to run: the results of
// `npm run test:matrix` (which lanes served what, tests passed), those of `npm run fuzz:matrix`, and the names that each
// Node exports. In the template:
//   {{functions a, b}}  {{members a, b}}   the lanes of these functions or members of FileHandle, alike for all named
//   {{newer promises}}  {{newer fs}}       the names that not every Node has
//   {{suite}}  {{fuzz}}                    the tables, each with the commit that was tested
// Stops where a result is missing, where a test failed, and where a function or member has no line.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lanesCell, uncovered } from './lib/lane-words.mjs';
import { readResults, table } from './lib/matrix.mjs';
import { nodeBinary, nodeVersions } from './lib/nodes.mjs';
import { main, root, Stop, say } from './lib/run.mjs';

const majors = Object.keys(nodeVersions);
const backends = ['io_uring', 'threads', 'node'];
const bases = ['checkout', 'tmpfs'];

function resultsOf(kind, command) {
  const results = readResults(kind);
  if (results === undefined)
    throw new Stop(`nothing is known of the ${kind}: run \`npm run ${command}\` first`);
  return results;
}

function cellOf(results, name, isWell) {
  const cell = results.cells[name];
  if (cell === undefined || !isWell(cell))
    throw new Stop(`${name} has no good result: ${JSON.stringify(cell)}`);
  return cell;
}

function suiteTable(results) {
  const passed = (major, backend, base) =>
    cellOf(results, `${major}, ${backend}, ${base}`, (cell) => cell.failed === 0 && cell.passed > 0).passed;
  const columns = ['bare', ...backends].flatMap((backend) => bases.map((base) => [backend, base]));
  return table([
    ['Node', ...columns.map(([backend, base]) => `${backend}, ${base === 'tmpfs' ? base : 'disk'}`)],
    ...majors.map((major) => [nodeVersions[major], ...columns.map((it) => passed(major, ...it))]),
  ]);
}

function fuzzTable(results) {
  const row = (major, backend) => {
    const cell = cellOf(
      results,
      `${major} ${backend}`,
      (it) => it.failure !== undefined || it.milliseconds >= 590_000,
    );
    const calls = Object.values(cell.calls).reduce((all, n) => all + n, 0);
    const minutes = (cell.milliseconds / 60_000).toFixed(1);
    return [
      nodeVersions[major],
      backend,
      minutes,
      cell.programs,
      calls,
      cell.failure === undefined ? 'none' : 'one',
    ];
  };
  return table([
    ['Node', 'backend', 'minutes', 'programs', 'calls compared', 'differences'],
    ...majors.flatMap((major) => backends.map((backend) => row(major, backend))),
  ]);
}

/** The names that some of the supported Nodes lack, with those that have them. */
function newer(module) {
  const names = new Map();
  for (const major of majors) {
    const text = execFileSync(
      nodeBinary(major),
      ['-p', `JSON.stringify(Object.keys(require('node:${module}')))`],
      { encoding: 'utf8' },
    );
    for (const name of JSON.parse(text)) names.set(name, [...(names.get(name) ?? []), major]);
  }
  const some = [...names].filter(([, having]) => having.length < majors.length);
  return some.map(([name, having]) => `\`${name}\` (Node ${having.join(', ')})`).join(', ') || 'none';
}

await main(() => {
  const template = readFileSync(path.join(root, 'docs/compatibility.template.md'), 'utf8');
  const suite = resultsOf('suite', 'test:matrix');
  const fuzz = resultsOf('fuzz', 'fuzz:matrix');
  const surveys = majors.flatMap((major) =>
    bases.map((base) => ({ major, lanes: suite.cells[`${major}, io_uring, ${base}`]?.lanes ?? {} })),
  );
  const dated = ({ commit, at }) => `(commit ${commit}, ${at.slice(0, 10)})`;
  const named = { functions: new Set(), members: new Set() };
  const lanes = (kind, names) => {
    for (const name of names) named[kind].add(name);
    return lanesCell(surveys, kind, names);
  };
  const text = template.replaceAll(/\{\{(\w+)(?: ([^}]*))?\}\}/g, (whole, what, argument = '') => {
    const list = argument.split(',').map((name) => name.trim());
    if (what === 'functions' || what === 'members') return lanes(what, list);
    if (what === 'newer') return newer(argument === 'promises' ? 'fs/promises' : argument);
    if (what === 'suite') return [...suiteTable(suite), '', dated(suite)].join('\n');
    if (what === 'fuzz') return [...fuzzTable(fuzz), '', dated(fuzz)].join('\n');
    throw new Stop(`the template asks for ${whole}`);
  });
  const lost = uncovered(surveys, named, template);
  if (lost.length > 0) throw new Stop(`the template has no line for ${lost.join(', ')}`);
  writeFileSync(path.join(root, 'docs/compatibility.md'), text);
  say('docs/compatibility.md is written');
});
