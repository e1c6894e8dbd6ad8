import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root, run, Stop, say } from './run.mjs';

/** The Node of each supported major that we test with. */
export const nodeVersions = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

/** Node's own binaries come as npm packages, so npm is all it takes; they stay in .tools, beside pnpm. */
export function nodeBinary(major) {
  const version = nodeVersions[major];
  if (version === undefined)
    throw new Stop(`no Node ${major} here; there are ${Object.keys(nodeVersions).join(', ')}`);
  const name = `node-linux-${process.arch}`;
  const home = path.join(root, '.tools/nodes', String(major));
  const installed = path.join(home, 'node_modules', name);
  if (!existsSync(path.join(installed, 'package.json')) || versionIn(installed) !== version) {
    say(`fetching Node ${version} into .tools`);
    mkdirSync(home, { recursive: true });
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    run('npm', ['install', '--prefix', home, ...quiet, `${name}@${version}`]);
  }
  return path.join(installed, 'bin/node');
}

/** What an option `--node` asks for: a major, the path of a binary, or nothing, which is the Node that runs this. */
export function askedNode(given) {
  if (given === undefined) return process.execPath;
  return /^\d+$/.test(given) ? nodeBinary(given) : given;
}

function versionIn(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
}
