import { buildNative, buildTypeScript } from './build-all.mjs';
import { ensure } from './ensure.mjs';
import { run } from './run.mjs';

/** Sets up, builds, then runs the `start` script of a workspace folder with this command's own arguments. */
export function start(folder) {
  const { native } = ensure(['build']);
  buildTypeScript();
  if (native) buildNative();
  run('npm', ['--prefix', folder, 'run', '--silent', 'start', '--', ...process.argv.slice(2)]);
}
