// `start-child.js require|import`: a process that imports ringfs, and says what that took.
import { readdirSync } from 'node:fs';
import type { Answer } from '../rows/protocol';
import type { Fs } from '../subjects/subject';
import type { Beginning, Way } from './start';

const name = '@ringfs/fs-compat/promises';

function threads(): number {
  return readdirSync('/proc/self/task').length;
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

async function main(way: Way): Promise<Beginning> {
  // Node starts its own pool for an import of an ES module; that must not look like ours.
  await import('node:fs/promises').then((fs) => fs.stat(__filename));
  const [threadsBefore, descriptorsBefore] = [threads(), descriptors()];
  const usageBefore = process.cpuUsage();
  const startMs = performance.now();
  const fs: Fs = way === 'require' ? require(name) : await import(name);
  const importedMs = performance.now();
  const usage = process.cpuUsage(usageBefore);
  const [threadsImported, descriptorsImported] = [threads(), descriptors()];
  const firstMs = performance.now();
  // Of a file that is not there, so that a thread of some kind has to be asked.
  await fs.unlink(`${__filename}.absent`).catch(() => {});
  const doneMs = performance.now();
  return {
    importMs: importedMs - startMs,
    importCpuMs: (usage.user + usage.system) / 1000,
    importThreads: threadsImported - threadsBefore,
    importDescriptors: descriptorsImported - descriptorsBefore,
    firstOpMs: doneMs - firstMs,
    firstOpThreads: threads() - threadsImported,
    firstOpDescriptors: descriptors() - descriptorsImported,
  };
}

main(process.argv[2] as Way).then(
  (result) => answer({ result }),
  (error: Error) => answer({ failure: error.stack ?? error.message }),
);

function answer(line: Answer<Beginning>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
