import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, run, Stop, say } from './run.mjs';
import { projectFolders } from './workspace.mjs';

// A private copy at the pinned version: corepack and a global pnpm may be absent, or another version.
const home = path.join(root, '.tools');
const launcher = path.join(home, 'node_modules/.bin/pnpm');
const stamp = path.join(root, 'node_modules/.ringfs-setup');

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function pinnedVersion() {
  return readJson(path.join(root, 'package.json')).packageManager.replace(/^pnpm@/, '');
}

function ensurePnpm() {
  const installed = path.join(home, 'node_modules/pnpm/package.json');
  const version = pinnedVersion();
  if (existsSync(installed) && readJson(installed).version === version) return;
  say(`installing pnpm ${version} into .tools`);
  mkdirSync(home, { recursive: true });
  run('npm', [
    'install',
    '--prefix',
    home,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `pnpm@${version}`,
  ]);
}

/** Runs pnpm; CI=true because pnpm must never wait for an answer. */
export function pnpm(args, options = {}) {
  ensurePnpm();
  run(launcher, args, { ...options, env: { CI: 'true', ...options.env } });
}

function fingerprint() {
  const hash = createHash('sha256').update(process.version);
  const manifests = [root, ...projectFolders()].map((dir) => path.join(dir, 'package.json'));
  const rules = ['pnpm-workspace.yaml', 'pnpm-lock.yaml'].map((name) => path.join(root, name));
  for (const file of [...rules, ...manifests]) {
    // The full path, so that a copied or moved tree is installed anew.
    hash.update(file).update('\0');
    if (existsSync(file)) hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Installs the workspace's dependencies unless the stamp says nothing changed since. */
export function installDependencies({ relock = false } = {}) {
  const done = !relock && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
  if (done) return;
  say('installing dependencies with pnpm');
  try {
    pnpm(['install', relock ? '--no-frozen-lockfile' : '--frozen-lockfile', '--reporter=append-only']);
  } catch (error) {
    if (error instanceof Stop) error.message += '\nAfter a change of a package.json, run: npm run relock';
    throw error;
  }
  writeFileSync(stamp, fingerprint());
}
