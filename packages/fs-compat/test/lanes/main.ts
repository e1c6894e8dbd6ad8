// Says, by the counters of the engine, which lanes serve a plain call of each function here: main.js FOLDER prints
// {"functions": {"readFile": ["cached"], ...}, "members": {...}}. An empty list: the running Node served it.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { functionExamples, lay, memberExamples } from './examples';

type FsPromises = typeof import('node:fs/promises');

const fsp = require('@ringfs/fs-compat/promises') as FsPromises;
const { metrics } = require('@ringfs/core') as typeof import('@ringfs/core');
const counters = { cached: 'cachedHits', ring: 'ringOps', blocking: 'blockingOps' } as const;

async function lanesOf(work: () => Promise<unknown>): Promise<string[]> {
  await new Promise((resolve) => setTimeout(resolve, 10)); // a stream closes its file after its end
  const before = { ...metrics() };
  await work();
  const after = metrics();
  return Object.entries(counters).flatMap(([lane, name]) => (after[name] > before[name] ? [lane] : []));
}

async function survey(dir: string): Promise<object> {
  const functions: Record<string, string[]> = {};
  for (const name of Object.keys(fsp).filter((name) => name in functionExamples)) {
    const example = functionExamples[name] as (api: FsPromises, dir: string) => Promise<unknown>;
    lay(dir);
    functions[name] = await lanesOf(() => example(fsp, dir));
  }
  const members: Record<string, string[]> = {};
  for (const [name, example] of Object.entries(memberExamples)) {
    lay(dir);
    const handle = await fsp.open(`${dir}/file`, 'r+');
    members[name] = await lanesOf(() => example(handle as Parameters<typeof example>[0]));
    await handle.close();
  }
  return { functions, members };
}

async function main(): Promise<void> {
  const home = fs.mkdtempSync(path.join(process.argv[2] as string, `tmp-${process.pid}-`));
  try {
    const dir = path.join(home, 'folder');
    // Filesystems become known with their first files.
    await survey(dir);
    process.stdout.write(`${JSON.stringify(await survey(dir))}\n`);
  } finally {
    fs.rmSync(home, { recursive: true });
  }
}

void main();
