// Worker threads terminated at any moment, and what of it must not be seen afterwards.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { bytesOf } from './named-bytes';
import { median, program, report } from './run';

export interface Aftermath {
  leaked: { threads: string[]; descriptors: string[] };
  foreign: string[];
  failures: string[];
  limits: [string, string];
  terminated: number;
  /** Files by the main thread meanwhile. */
  written: number;
  /** Resident memory after each worker. */
  rss: number[];
  inFlight: number;
  slowestTerminateMs: number;
}

export interface Storm {
  folder: string;
  seed: number;
  workers: number;
  env: Record<string, string>;
  /** 'node:fs' shows what Node itself leaves behind. */
  api?: string;
}

/** Files to read, of which the first is large, and FIFOs that nobody comes to. */
export function furnish(folder: string, fifos: string[] = ['fifo-r', 'fifo-w']): void {
  const read = path.join(folder, 'read');
  fs.mkdirSync(read);
  const large = Array.from({ length: 100 }, (_, i) => `large-${i}`).find(
    (name) => bytesOf(name).length > 1 << 20,
  );
  for (const name of [String(large), ...Array.from({ length: 40 }, (_, i) => `read-${i}`)])
    fs.writeFileSync(path.join(read, name), bytesOf(name));
  if (fifos.length > 0) makeFifos(fifos.map((name) => path.join(folder, name)));
}

export function makeFifos(files: string[]): void {
  execFileSync('mkfifo', files);
}

/** Rejects when the process does not end well. */
export async function storm({ folder, seed, workers, env, api }: Storm): Promise<Aftermath> {
  const args = [folder, seed, workers, ...(api === undefined ? [] : [api])];
  const ended = await program('worker-storm', args, {
    // One allocator's arena for each of many threads makes memory a matter of luck.
    env: { ...env, MALLOC_ARENA_MAX: '2' },
    // Node itself warns of the FileHandles that a terminated worker could not close.
    flags: ['--no-warnings'],
    timeoutMs: 60_000 + workers * 2000,
  });
  if (ended.stderr !== '') throw new Error(`ended with ${ended.code} and said\n${ended.stderr}`);
  return report<Aftermath>(ended);
}

/** What must not be; nothing of it, if all is well. */
export function faults(seen: Aftermath, workers: number): string[] {
  const found = [
    ...seen.leaked.threads.map((name) => `leaked thread ${name}`),
    ...seen.leaked.descriptors.map((name) => `leaked descriptor ${name}`),
    ...seen.foreign,
    ...seen.failures,
  ];
  if (seen.limits[0] !== seen.limits[1] || !/^Max open files +\d/.test(seen.limits[0]))
    found.push(`limits ${seen.limits.join(' -> ')}`);
  if (seen.terminated !== workers) found.push(`${seen.terminated} terminated`);
  if (seen.inFlight !== 0) found.push(`${seen.inFlight} ops in flight`);
  if (seen.written <= workers) found.push(`only ${seen.written} files written meanwhile`);
  return found;
}

/** Bare Node's memory, too, goes up and down by as much while workers come and go. */
const NOISE = 64 << 20;

/**
 * What a worker leaves behind is left by each: it makes memory grow by the same in the second half as in the first. The
 * first quarter is not looked at, for there a process grows to its size. In a storm of 250 the noise is 512 KiB for each
 * worker that came meanwhile: less than an isolate, a thread with its stack, or the staging memory of one engine.
 */
export function memoryFault(rss: number[]): string[] {
  const quarter = Math.floor(rss.length / 4);
  const [before, after] = [median(rss.slice(quarter, 2 * quarter)), median(rss.slice(3 * quarter))];
  if (quarter < 25 || after - before < NOISE) return [];
  return [`memory grew from ${before >> 20} to ${after >> 20} MiB in the last half of ${rss.length} workers`];
}
