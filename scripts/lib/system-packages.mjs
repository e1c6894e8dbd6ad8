import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hasHeader, hasLibrary, hasProgram } from './probe.mjs';
import { attempt, say } from './run.mjs';

// Files are looked for, not package names: a hand-built liburing or a clang instead of g++ is as good.
const packages = {
  build: {
    'liburing-dev': () => hasHeader('liburing.h') && hasLibrary('liburing.a'),
    'g++': () => hasProgram('c++') || hasProgram('g++') || hasProgram('clang++'),
    cmake: () => hasProgram('cmake'),
    make: () => hasProgram('make') || hasProgram('ninja'),
  },
  test: {
    'doctest-dev': () => hasHeader('doctest/doctest.h'),
  },
  coverage: {
    gcovr: () => hasProgram('gcovr'),
  },
  valgrind: {
    valgrind: () => hasProgram('valgrind'),
  },
  fuzz: {
    clang: () => hasProgram('clang++'),
    'libclang-rt-14-dev': hasLibFuzzer,
  },
  lint: {
    'clang-format': () => hasProgram('clang-format'),
  },
  tidy: {
    'clang-tidy': () => hasProgram('clang-tidy'),
  },
};

/** Whether clang finds the fuzzer's own part. Debian has it in a package of its own, for clang 14. */
function hasLibFuzzer() {
  if (!hasProgram('clang++')) return false;
  const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const asked = spawnSync('clang++', [`-print-file-name=libclang_rt.fuzzer-${arch}.a`], { encoding: 'utf8' });
  return asked.status === 0 && existsSync(asked.stdout.trim());
}

/** The names of the absent packages of these groups. `pretend` names some that count as absent (dry runs). */
export function missingPackages(groups, pretend = []) {
  return groups.flatMap((group) =>
    Object.entries(packages[group])
      .filter(([name, present]) => pretend.includes(name) || !present())
      .map(([name]) => name),
  );
}

/** What has to stand before `apt-get` to have root's rights: nothing, `sudo -n`, or undefined when out of reach. */
function rootPrefix() {
  if (process.getuid() === 0) return [];
  const sudo = hasProgram('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return sudo ? ['sudo', '-n'] : undefined;
}

/**
 * Installs what is missing. Returns undefined when all is there, else the reason why it is not:
 * `unsupported` (no apt here, so the native part is left out) or `command` (what a person has to run).
 */
export function installPackages(groups, { dryRun = false, pretend = [] } = {}) {
  if (process.platform !== 'linux')
    return { unsupported: `io_uring is Linux only; this is ${process.platform}` };
  const missing = missingPackages(groups, pretend);
  if (missing.length === 0) return undefined;
  if (!hasProgram('apt-get'))
    return { unsupported: `not found: ${missing.join(', ')}; and no apt-get here to install them` };

  const prefix = rootPrefix();
  // Another installation may be under way: it is waited for.
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  const patient = [...install, '-o', 'DPkg::Lock::Timeout=120'];
  const byHand = `sudo apt-get update && sudo ${install.join(' ')}`;
  if (prefix === undefined) return { command: byHand };

  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  for (const step of [['apt-get', 'update', '-qq'], patient]) {
    const [command, ...args] = [...prefix, ...step];
    say(`${dryRun ? 'would run' : 'system packages'}: ${[command, ...args].join(' ')}`);
    // A failed update is not the end: an older package list often still serves.
    if (!dryRun && !attempt(command, args, { env }) && step === patient) return { command: byHand };
  }
  return undefined;
}
