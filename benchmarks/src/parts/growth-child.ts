// `growth-child.js SUBJECT FOLDER`: answers `burst N` with what N calls in one tick cost and held.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { checkLength, filesOf, small } from '../files';
import { warm } from '../page-cache';
import type { Answer, Hello } from '../rows/protocol';
import { runtimeName } from '../runtime-name';
import { findSubject } from '../subjects';
import type { Fs } from '../subjects/subject';
import type { Burst } from './growth';

/** Small bursts are repeated until so much time has passed. */
const msMin = 150;

function memory(name: 'VmRSS' | 'VmHWM'): number {
  const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm'));
  if (!line) throw new Error(`/proc/self/status does not say ${name}`);
  return Number(line[1]) * 1024;
}

/** The kernel forgets the peak of the resident memory: from now on VmHWM is of what comes. */
function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

async function burst(fs: Fs, files: readonly string[], count: number): Promise<Burst> {
  warm(files);
  forgetPeak();
  const residentBefore = memory('VmRSS');
  const usageBefore = process.cpuUsage();
  const startMs = performance.now();
  let ops = 0;
  do {
    await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const content = await fs.readFile(files[index % files.length]);
        checkLength(content.length, small.bytes);
      }),
    );
    ops += count;
  } while (performance.now() - startMs < msMin);
  const wallMs = performance.now() - startMs;
  const usage = process.cpuUsage(usageBefore);
  return {
    wallUs: (wallMs * 1000) / ops,
    cpuUs: (usage.user + usage.system) / ops,
    bytesPerOp: Math.max(0, memory('VmHWM') - residentBefore) / count,
  };
}

async function main([subjectName, folder]: string[]): Promise<void> {
  const subject = findSubject(subjectName);
  if (!subject.load) throw new Error('it has no functions to call');
  const fs = await subject.load();
  const files = filesOf(folder, small);
  answer<Hello>({ result: { runtime: runtimeName() } });
  for await (const line of createInterface({ input: process.stdin })) {
    const [order, count] = line.split(' ');
    if (order === 'burst') answer<Burst>({ result: await burst(fs, files, Number(count)) });
  }
}

function answer<Result>(line: Answer<Result>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

main(process.argv.slice(2)).catch((error: NodeJS.ErrnoException) => {
  answer({ failure: error.code ?? error.message });
  process.exitCode = 1;
});
