// nothing-before FOLDER: threads and descriptors of the process as each step leaves them, and what the steps cost.
import type * as fs from 'node:fs';
import * as path from 'node:path';
import { grown, stateNow } from '../process-state';

const [folder] = process.argv.slice(2);

async function main(): Promise<void> {
  const base = stateNow();
  const since = (): { threads: string[]; descriptors: string[]; limits: boolean } => {
    const now = stateNow();
    return {
      threads: grown(base.threads, now.threads),
      descriptors: grown(base.descriptors, now.descriptors),
      limits: now.openFiles === base.openFiles,
    };
  };
  const began = performance.now();
  const fsp = require('@ringfs/fs-compat/promises') as typeof fs.promises;
  const importMs = performance.now() - began;
  const required = since();
  const core = require('@ringfs/core') as { capabilities(): object; metrics(): Record<string, number> };
  const counted = core.metrics();
  const asked = performance.now();
  core.capabilities();
  const capabilitiesMs = performance.now() - asked;
  const looked = since();
  const first = performance.now();
  await fsp.readFile(path.join(folder, 'file'));
  const firstOpMs = performance.now() - first;
  const worked = since();
  console.log(
    JSON.stringify({
      required,
      looked,
      worked,
      counted,
      importMs,
      capabilitiesMs,
      firstOpMs,
      limits: since().limits,
    }),
  );
}

void main();
