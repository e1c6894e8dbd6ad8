// Programs for the acceptance tests, each run in a process of its own, so that what is counted is of the whole process.
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

export const packageDir = path.resolve(__dirname, '..', '..');
export const repoDir = path.resolve(packageDir, '..', '..');

export interface Ended {
  /** Exit code, or the name of the signal. */
  code: number | string | null;
  stdout: string;
  stderr: string;
  /** Less what the whole machine stood still for, as far as this process could see. */
  ms: number;
  pid: number | undefined;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** A command that the program is run by: strace, perf, the seccomp launcher. */
  by?: string[];
  flags?: string[];
  timeoutMs?: number;
  /** Kill it so long after the first thing that it says. */
  killMsAfterOutput?: number;
  /** By this signal; SIGKILL if nothing else is said. */
  killSignal?: NodeJS.Signals;
  /** Make it the head of a process group of its own. */
  detached?: boolean;
  cwd?: string;
}

/** How long this process, which only waits, was not let run: a virtual machine may be stopped for seconds. */
class Standstill {
  private static readonly TICK_MS = 50;
  private ms = 0;
  private last = performance.now();
  private readonly timer = setInterval(() => this.look(), Standstill.TICK_MS);

  /** ms in all */
  end(): number {
    clearInterval(this.timer);
    this.look();
    return this.ms;
  }

  private look(): void {
    const now = performance.now();
    this.ms += Math.max(0, now - this.last - 2 * Standstill.TICK_MS);
    this.last = now;
  }
}

/** Runs a command; never rejects. What does not end in time is killed and ends as 'SIGKILL'. */
export function run(command: string[], options: RunOptions = {}): Promise<Ended> {
  const { env = {}, by = [], timeoutMs = 60_000, killMsAfterOutput, cwd = packageDir, detached } = options;
  const [file, ...args] = [...by, ...command];
  const began = performance.now();
  const standstill = new Standstill();
  return new Promise((resolve) => {
    // The variables of this run alone: the caller's shell, and jest, must not pick what is tested.
    const inherited = Object.entries(process.env).filter(([name]) => !/^(RINGFS_|JEST_|NODE_)/.test(name));
    const child = spawn(file, args, { cwd, detached, env: { ...Object.fromEntries(inherited), ...env } });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdin.end();
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    if (killMsAfterOutput !== undefined)
      child.stdout.once('data', () =>
        setTimeout(() => child.kill(options.killSignal ?? 'SIGKILL'), killMsAfterOutput),
      );
    const end = (code: Ended['code']): void => {
      clearTimeout(timer);
      const text = (parts: Buffer[]): string => Buffer.concat(parts).toString();
      const ms = performance.now() - began - standstill.end();
      resolve({ code, stdout: text(out), stderr: text(err), ms, pid: child.pid });
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => end(code ?? signal));
  });
}

/** Runs a file of programs/ in a fresh Node. */
export function program(name: string, args: (string | number)[], options: RunOptions = {}): Promise<Ended> {
  const file = path.join(__dirname, 'programs', `${name}.js`);
  return run([process.execPath, ...(options.flags ?? []), file, ...args.map(String)], options);
}

/** Runs source text in a fresh Node that can require the packages. */
export function script(source: string, options: RunOptions = {}): Promise<Ended> {
  return run([process.execPath, ...(options.flags ?? []), '-e', source], options);
}

/** What a program that ended well has printed last. */
export function report<T>(ended: Ended): T {
  if (ended.code !== 0) throw new Error(`ended with ${ended.code}\n${ended.stdout}\n${ended.stderr}`);
  return JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '') as T;
}

/** A line in the log of the test run: the numbers that a limit alone does not tell. */
export function say(text: string): void {
  process.stderr.write(`    ${text}\n`);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

// ------------------------------------------------------------------------------------------------ what is there

export const isRoot = process.getuid?.() === 0;
/** Said by the script that runs jest, where there is nothing to build the addon with. */
export const hasAddon = process.env.RINGFS_TEST_WITHOUT_ADDON === undefined;

export function hasTool(...command: string[]): boolean {
  try {
    execFileSync(command[0], command.slice(1), { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** What the kernel of this machine offers, whatever the tests have set. */
export function backendHere(): string {
  if (!hasAddon) return 'node';
  const source = "console.log(require('@ringfs/core').capabilities().backend)";
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('RINGFS_'));
  const options = { cwd: packageDir, env: Object.fromEntries(inherited), encoding: 'utf8' as const };
  return execFileSync(process.execPath, ['-e', source], options).trim();
}

/** Compiles one of the C helpers beside this file into this folder. */
export function compile(name: string, folder: string): string {
  const source = path.join(packageDir, 'test', 'acceptance-support', `${name}.c`);
  const binary = path.join(folder, name);
  execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', binary, source]);
  return binary;
}

// ------------------------------------------------------------------------------------------------ page cache

/** Writes everything back and drops page, dentry and inode caches. Needs root. */
export function dropCaches(): void {
  execFileSync('sync');
  fs.writeFileSync('/proc/sys/vm/drop_caches', '3');
}
