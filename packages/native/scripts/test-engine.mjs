// Builds and runs the engine's C++ tests: test-engine.mjs [plain|asan|tsan|coverage|valgrind] [doctest options]
// Without a flavour: the first three; the others are for `npm run coverage` and `npm run test:valgrind`. `--summary=FILE` writes {"passed":n,"failed":n,"failures":[text]} there.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const packageDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const usual = ['plain', 'asan', 'tsan'];
const flavours = [...usual, 'coverage', 'valgrind'];

const sanitizerOptions = {
  ASAN_OPTIONS: 'detect_stack_use_after_return=1:strict_init_order=1',
  UBSAN_OPTIONS: 'print_stacktrace=1',
  TSAN_OPTIONS: 'halt_on_error=0:second_deadlock_stack=1',
};

// Threads take turns there: `fair-sched` lets one that waits for another get its turn. What a thread that was left
// behind holds is reachable, and no leak.
const valgrindOptions = [
  '--error-exitcode=9',
  '--leak-check=full',
  '--errors-for-leak-kinds=definite',
  '--show-leak-kinds=definite',
  '--fair-sched=yes',
  '--num-callers=25',
  '--quiet',
];

function succeeds(command, args, options) {
  return spawnSync(command, args, options).status === 0;
}

/** Whether it ended well. */
function ends(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, options);
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

async function build(flavour) {
  console.log(`ringfs: building the engine tests, ${flavour}`);
  // valgrind runs what is there without a sanitizer.
  const variant = flavour === 'valgrind' ? 'plain' : flavour;
  const out = path.join(packageDir, 'build-test', variant);
  // A cache made in another place (a copied tree) makes CMake refuse.
  const cache = path.join(out, 'CMakeCache.txt');
  if (existsSync(cache) && !readFileSync(cache, 'utf8').includes(`CMAKE_CACHEFILE_DIR:INTERNAL=${out}\n`)) {
    rmSync(out, { recursive: true });
  }
  mkdirSync(out, { recursive: true });
  const inherit = { stdio: ['ignore', 'inherit', 'inherit'] };
  const generator = succeeds('ninja', ['--version'], { stdio: 'ignore' }) ? ['-G', 'Ninja'] : [];
  const configure = [
    '-S',
    path.join(packageDir, 'test'),
    '-B',
    out,
    `-DRINGFS_FLAVOUR=${variant}`,
    '--log-level=WARNING',
  ];
  const well =
    (await ends('cmake', [...configure, ...(existsSync(cache) ? [] : generator)], inherit)) &&
    (await ends('cmake', ['--build', out, '--parallel', String(availableParallelism())], inherit));
  return well ? path.join(out, 'engine_tests') : undefined;
}

/** GCC 12's ThreadSanitizer dies at start where the kernel randomises addresses widely: switch that off if allowed. */
function withoutRandomisation(program, args) {
  const setarch = ['setarch', '-R'];
  const allowed = succeeds(setarch[0], [setarch[1], 'true'], { stdio: 'ignore' });
  return allowed ? [setarch[0], [setarch[1], program, ...args]] : [program, args];
}

function commandOf(flavour, program, args) {
  if (flavour === 'tsan') return withoutRandomisation(program, args);
  if (flavour === 'valgrind') return ['valgrind', [...valgrindOptions, program, ...args]];
  return [program, args];
}

/** Reads doctest's closing line; a program that died before it counts as one failed test. */
function count(flavour, output, errors, status) {
  // The last one: a child of a test may have printed a summary of its own.
  const line = [...output.matchAll(/test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed/g)].at(-1);
  const passed = line ? Number(line[1]) : 0;
  const failed = line ? Number(line[2]) : 0;
  const failures = status === 0 ? [] : reasons(output, errors).map((text) => `${flavour}: ${text}`);
  return { passed, failed: status === 0 ? failed : Math.max(failed, 1), failures };
}

/** What doctest says of each test that failed, and each report of a sanitizer; else the last that the program said. */
function reasons(output, errors) {
  const cases = output.split(/^TEST CASE: +/m).slice(1);
  const failed = cases
    .filter((text) => /: (FATAL )?ERROR: /.test(text))
    .map((text) => text.split(/^={10,}$/m)[0].trim());
  const reports = errors.match(/^SUMMARY: .*$/gm) ?? [];
  const said = [...failed, ...reports];
  return said.length > 0
    ? said
    : [`ended badly; its last words: ${`${output}\n${errors}`.trim().slice(-500)}`];
}

/** Resolves to the counts, and prints what the program said when it has ended: the next flavour is being built meanwhile. */
function test(flavour, program, args) {
  const [command, commandArgs] = commandOf(flavour, program, args);
  const options = {
    env: {
      ...process.env,
      ...sanitizerOptions,
      ...(flavour === 'valgrind' ? { RINGFS_TEST_NO_RING: '1' } : {}),
    },
    maxBuffer: 64 << 20,
    // The nth-fault loop in full takes its time (`npm run test:faults`), and so do the flavours that are asked for by name.
    timeout: process.env.RINGFS_FAULTS === 'all' || !usual.includes(flavour) ? 0 : 600_000,
    killSignal: 'SIGKILL',
  };
  return new Promise((resolve) => {
    execFile(command, commandArgs, options, (error, stdout, stderr) => {
      console.log(`ringfs: engine tests, ${flavour}`);
      process.stdout.write(stdout);
      process.stderr.write(stderr);
      if (error?.signal) console.error(`ringfs: engine tests, ${flavour}: ended by ${error.signal}`);
      resolve(count(flavour, stdout, stderr, error === null ? 0 : 1));
    });
  });
}

const args = process.argv.slice(2);
const summary = args.find((arg) => arg.startsWith('--summary='))?.slice('--summary='.length);
const chosen = flavours.filter((name) => args.includes(name));
const forDoctest = args.filter((arg) => !flavours.includes(arg) && !arg.startsWith('--summary='));

const total = { passed: 0, failed: 0, failures: [] };
const add = ({ passed, failed, failures }) => {
  total.passed += passed;
  total.failed += failed;
  total.failures.push(...failures);
};

// One flavour runs while the next is built: the tests wait more than they work.
let running = Promise.resolve({ passed: 0, failed: 0, failures: [] });
for (const flavour of chosen.length > 0 ? chosen : usual) {
  const built = await build(flavour);
  add(await running);
  running = built
    ? test(flavour, built, forDoctest)
    : Promise.resolve({ passed: 0, failed: 1, failures: [`${flavour}: could not be built`] });
}
add(await running);
if (summary !== undefined) writeFileSync(summary, JSON.stringify(total));
process.exitCode = total.failed === 0 ? 0 : 1;
