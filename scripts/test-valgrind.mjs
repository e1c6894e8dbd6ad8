// The engine tests under valgrind's memcheck: what reads memory that nothing was written to, which the sanitizers do not
// see. Arguments go to the engine tests: `--test-case='readFile*'`.
import { ensure } from './lib/ensure.mjs';
import { main, Stop, say } from './lib/run.mjs';
import { engineTests } from './lib/tests.mjs';

/** Made of so many tries, threads or bytes that they take hours where threads take turns and all is 30 times as slow. */
const LEFT_OUT = [
  'nth fault*',
  'a storm of everything*',
  '200 engines started*',
  '5*000 jobs*',
  'rm of a large folder*',
  'few descriptors*',
  'stop: folders that are being opened*',
  'a kernel without one of the opcodes*',
];

/** What valgrind itself brings to fail. */
const MISJUDGED = [
  // Of a child by fork it looks for leaks too: what stood on the stacks of the parent's other threads is lost there.
  'fork: amid jobs of every lane*',
  // These need openat2, or a ring.
  'far: an op cancelled on its way from a link*',
  'reach: *',
  'mounts: links are followed*',
  'an overlay mounted while the engine runs*',
  'sharing: of thousands*',
  'a completion of another generation*',
];

/** What Debian 12's valgrind 3.19 cannot do at all. */
const NOT_COVERED = [
  'io_uring, and so the ring lane and shared attempts: a thread that waits in io_uring_enter stops all others there',
  'the cached lane: openat2 is a system call it does not know, and answers with ENOSYS',
];

await main(() => {
  if (!ensure(['build', 'test', 'valgrind']).native) throw new Stop('there is no engine on this platform');
  const args = process.argv.slice(2);
  const { passed, failed } = engineTests([
    'valgrind',
    `--test-case-exclude=${[...LEFT_OUT, ...MISJUDGED].join(',')}`,
    ...args,
  ]);
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  for (const what of [...NOT_COVERED, ...[...LEFT_OUT, ...MISJUDGED].map((name) => `tests named "${name}"`)])
    say(`not covered: ${what}`);
  process.exitCode = failed === 0 ? 0 : 1;
});
