// Fetches peers with npm, when a run first asks for them, into benchmarks/.peers, which git ignores. They never get near
// the product: they stand in no package.json.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pins, type Runtime } from './pins';

export const peersFolder = path.resolve(__dirname, '../../.peers');

/** The path of the runtime's binary; it is there once `fetchRuntime` has returned. */
export function runtimeBinary(name: Runtime): string {
  const { package: packageName, binary } = pins[name];
  return path.join(peersFolder, name, 'node_modules', packageName, binary);
}

export function fetchRuntime(name: Runtime): void {
  const pin = pins[name];
  if (installedVersion(name) === pin.version) return;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `${name} is fetched as a binary for Linux on x64; this is ${process.platform} ${process.arch}`,
    );

  console.log(`fetching ${name}: ${pin.package} ${pin.version}, into benchmarks/.peers`);
  const home = path.join(peersFolder, name);
  mkdirSync(home, { recursive: true });
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const { status } = spawnSync(
    'npm',
    ['install', '--prefix', home, ...quiet, `${pin.package}@${pin.version}`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  if (status !== 0 || !existsSync(runtimeBinary(name)))
    throw new Error(`could not fetch ${name} (${pin.package} ${pin.version})`);
}

function installedVersion(name: Runtime): string | undefined {
  const manifest = path.join(peersFolder, name, 'node_modules', pins[name].package, 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
}
