// The behaviour suite with an addon built with AddressSanitizer and UBSan, in a Node into which libasan is preloaded:
// what the engine's own tests cannot see, the results and views of JavaScript. Takes some ten minutes; the ordinary addon
// is built again at its end. Arguments go to jest.
import { execFileSync } from 'node:child_process';
import { buildNative, buildTypeScript } from './lib/build-all.mjs';
import { ensure } from './lib/ensure.mjs';
import { attempt, main, run, Stop } from './lib/run.mjs';

const PROJECTS = ['auto', 'cached', 'ring', 'blocking', 'threads'];

// Node keeps much at its end that it never frees. Its own handler of SIGSEGV stays, as Wasm needs it.
const OPTIONS = 'detect_leaks=0:abort_on_error=1:handle_segv=0';

await main(() => {
  if (!ensure(['build', 'test']).native) throw new Stop('there is no addon here');
  buildTypeScript();
  const libasan = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
  const args = process.argv.slice(2);
  try {
    run('node', ['packages/native/scripts/build.mjs', '--asan']);
    const chosen = args.includes('--selectProjects') ? [] : ['--selectProjects', ...PROJECTS];
    const ok = attempt('node', ['node_modules/jest/bin/jest.js', '--maxWorkers=50%', ...chosen, ...args], {
      env: {
        LD_PRELOAD: libasan,
        ASAN_OPTIONS: OPTIONS,
        RINGFS_EVERY_LANE: '1',
        UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
      },
    });
    if (!ok) process.exitCode = 1;
  } finally {
    buildNative();
  }
});
