import { spawnSync } from 'node:child_process';
import { buildNative, buildTypeScript } from './build-all.mjs';
import { ensure } from './ensure.mjs';
import { root } from './run.mjs';

/** Sets up, builds, then runs a script of a workspace folder's package.json, and ends with its exit code. */
export function start(folder, script = 'start', args = process.argv.slice(2)) {
  const { native } = ensure(['build']);
  buildTypeScript();
  if (native) buildNative();
  const { status } = spawnSync('npm', ['--prefix', folder, 'run', '--silent', script, '--', ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  // A program that failed has said why.
  process.exitCode = status ?? 1;
}
