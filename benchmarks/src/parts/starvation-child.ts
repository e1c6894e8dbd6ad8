// `starvation-child.js SUBJECT FOLDER`: answers `calm KIND MS` and `starved KIND MS` with the latencies of single calls.
import { pbkdf2 } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { cold, filesOf, rewritten, small } from '../files';
import { evict, warm } from '../page-cache';
import type { Answer, Hello } from '../rows/protocol';
import { runtimeName } from '../runtime-name';
import { findSubject } from '../subjects';
import type { Fs } from '../subjects/subject';
import { chains, type Kind, kinds } from './starvation';

const leastOps = 5;

interface Work {
  refresh(): void;
  op(index: number): Promise<unknown>;
  opsMax: number;
}

function works(fs: Fs, folder: string): Record<Kind, Work> {
  const [warmFiles, coldFiles, written] = [small, cold, rewritten].map((set) => filesOf(folder, set));
  const data = Buffer.alloc(rewritten.bytes, 'starved');
  const file = (index: number) => warmFiles[index % warmFiles.length];
  const many = Number.POSITIVE_INFINITY;
  return {
    'readFile, cached': { refresh: () => warm(warmFiles), op: (i) => fs.readFile(file(i)), opsMax: many },
    'readFile, not cached': {
      refresh: () => evict(folder, cold),
      op: (i) => fs.readFile(coldFiles[i]),
      opsMax: coldFiles.length,
    },
    writeFile: {
      refresh: () => {},
      op: (i) => fs.writeFile(written[i % written.length], data),
      opsMax: many,
    },
    stat: { refresh: () => {}, op: (i) => fs.stat(file(i)), opsMax: many },
  };
}

/** Calls one after the other, with a pause between them, so that it is not they who keep the machine busy. */
async function latencies({ op, opsMax }: Work, ms: number): Promise<number[]> {
  const result: number[] = [];
  const end = performance.now() + ms;
  while (result.length < opsMax && (result.length < leastOps || performance.now() < end)) {
    const start = performance.now();
    await op(result.length);
    result.push(performance.now() - start);
    await sleep(1);
  }
  return result;
}

/** Keeps the pool full: each chain starts its next call when one has ended. */
function starve(): () => Promise<void> {
  let stopped = false;
  const all = Array.from({ length: chains }, async () => {
    while (!stopped) {
      await new Promise((resolve) => pbkdf2('password', 'salt', 100_000, 64, 'sha512', resolve));
    }
  });
  return async () => {
    stopped = true;
    await Promise.all(all);
  };
}

async function main([subjectName, folder]: string[]): Promise<void> {
  const subject = findSubject(subjectName);
  if (!subject.load) throw new Error('it has no functions that could starve');
  const all = works(await subject.load(), folder);
  answer<Hello>({ result: { runtime: runtimeName() } });
  for await (const line of createInterface({ input: process.stdin })) {
    const [order, kind, ms] = line.split(' ');
    const work = all[kinds[Number(kind)]];
    // Code gets compiled before it counts.
    await latencies({ ...work, opsMax: 50 }, 200);
    work.refresh();
    const relax = order === 'starved' ? starve() : undefined;
    if (relax) await sleep(100);
    answer<number[]>({ result: await latencies(work, Number(ms)) });
    await relax?.();
  }
}

function answer<Result>(line: Answer<Result>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  answer({ failure: error.stack ?? error.message });
  process.exitCode = 1;
});
