// Builds build/Release/ringfs.node with cmake-js. Plain JavaScript: it runs before or without the TypeScript build.
//   --shared-liburing   links liburing.so instead of liburing.a
//   --debug             build/Debug/ringfs.node, with symbols and without optimisation
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const packageDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const buildDir = path.join(packageDir, 'build');

/** The folder of uv.h: cmake-js in Node-API mode brings Node-API's headers, but not libuv's. */
function findNodeHeaders() {
  const nodeDirs = [
    path.resolve(path.dirname(process.execPath), '..'),
    process.env.npm_config_nodedir,
    '/usr',
  ];
  const tried = [...new Set(nodeDirs.filter(Boolean).map((dir) => path.join(dir, 'include/node')))];
  const found = tried.find((dir) => existsSync(path.join(dir, 'uv.h')));
  if (found !== undefined) return found;
  throw new Error(
    `uv.h, a header that comes with Node.js, was not found in any of\n${tried.map((dir) => `  ${dir}\n`).join('')}` +
      'Install Node from nodejs.org (its archives hold the headers) or the package libnode-dev, or name the folder ' +
      'above include/node in the variable npm_config_nodedir.',
  );
}

/** CMake keeps its cache for ever; drop it when the tree moved or an option changed. */
function dropOutdatedCache(options) {
  const stamp = path.join(buildDir, 'ringfs-options.json');
  const wanted = JSON.stringify([packageDir, process.version, ...options]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(buildDir, { recursive: true, force: true });
  mkdirSync(buildDir, { recursive: true });
  writeFileSync(stamp, wanted);
}

function cmakeJs(args) {
  const bin = path.join(
    path.dirname(createRequire(import.meta.url).resolve('cmake-js/package.json')),
    'bin/cmake-js',
  );
  const result = spawnSync(process.execPath, [bin, ...args], { cwd: packageDir, stdio: 'inherit' });
  if (result.status !== 0) throw new Error('cmake-js failed; its own message is above.');
}

function build() {
  if (process.platform !== 'linux') {
    console.log(`ringfs: no addon for ${process.platform}; ringfs works through its "node" backend there.`);
    return;
  }
  const options = [
    `--CDRINGFS_NODE_INCLUDE=${findNodeHeaders()}`,
    `--CDRINGFS_LIBURING_SHARED=${process.argv.includes('--shared-liburing') ? 'ON' : 'OFF'}`,
    `--CDRINGFS_ASAN=${process.argv.includes('--asan') ? 'ON' : 'OFF'}`,
    ...(process.argv.includes('--debug') ? ['--debug'] : []),
  ];
  dropOutdatedCache(options);
  // `build`, not `compile`: the latter answers a plain compile error with a second full build.
  cmakeJs(['build', '--log-level', 'warn', '--parallel', String(availableParallelism()), ...options]);
}

try {
  build();
} catch (error) {
  console.error(`ringfs: ${error.message}`);
  process.exitCode = 1;
}
