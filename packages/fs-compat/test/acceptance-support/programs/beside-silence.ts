// beside-silence WHAT FAR NEAR [API [PATIENCE]]: ops that hang on the filesystem at FAR (silent_fuse.c), and what goes on beside them
// in the folder NEAR. Prints one report.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';

const [what, far, near, api = '@ringfs/fs-compat/promises', patienceMs = '15000'] = process.argv.slice(2);
const fsp = require(api) as typeof fs.promises;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const FILES = 1000;

/** How the ops on FAR have ended; none should have. */
const ended: string[] = [];
let begun = 0;

function hangs(name: string, op: Promise<unknown>): void {
  begun += 1;
  op.then(
    () => ended.push(`${name}: done`),
    (error: Error) => ended.push(`${name}: ${error.message}`),
  );
}

/** A handle is opened at once; what is asked of it never ends. */
function onHandle(name: string, flags: string | number): Promise<fs.promises.FileHandle> {
  return fsp.open(path.join(far, name), flags);
}

/** `count` of each, by every way that leads there. */
async function hang(count: number): Promise<void> {
  const read = path.join(near, 'link', 'read-by-link');
  const relative = path.join(path.relative(process.cwd(), far), 'read-relative');
  const handles = await Promise.all(
    Array.from({ length: count }, () => onHandle('read-handle', 'r')).concat(
      onHandle('read-nonblock', fs.constants.O_RDONLY | fs.constants.O_NONBLOCK),
    ),
  );
  for (let i = 0; i < count; i++) {
    hangs('readFile', fsp.readFile(path.join(far, `read-${i}`)));
    hangs('readFile of a cached name', fsp.readFile(path.join(far, 'read-0')));
    hangs('readFile through a link', fsp.readFile(read));
    hangs('readFile of a relative path', fsp.readFile(relative));
    hangs('stat', fsp.stat(path.join(far, `lookup-${i}`)));
    hangs('open', fsp.open(path.join(far, 'open-0'), 'r'));
    hangs('writeFile', fsp.writeFile(path.join(far, 'write-0'), 'text', { flag: 'r+', flush: true }));
    hangs('readdir', fsp.readdir(path.join(far, 'folder-0')));
    hangs('statfs', fsp.statfs(far));
    hangs('unlink', fsp.unlink(path.join(far, 'lookup-0')));
  }
  for (const handle of handles) {
    hangs('handle.read', handle.read(Buffer.alloc(10), 0, 10, 0));
    hangs('handle.readFile', handle.readFile());
  }
  await sleep(300);
}

const file = (i: number): string => path.join(near, `file-${i}`);
const all = (op: (i: number) => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: FILES }, (_, i) => op(i)));

async function beside(): Promise<Record<string, number>> {
  const took: Record<string, number> = {};
  const step = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const began = performance.now();
    await work();
    took[name] = Math.round(performance.now() - began);
  };
  await step('writeFile', () => all((i) => fsp.writeFile(file(i), `text ${i}`)));
  await step('writeFile with flush', () => fsp.writeFile(file(FILES), 'flushed', { flush: true }));
  await step('readFile', () =>
    all(async (i) => {
      if ((await fsp.readFile(file(i), 'utf8')) !== `text ${i}`) throw new Error(`wrong bytes in ${file(i)}`);
    }),
  );
  await step('readFile through a link', () => all((i) => fsp.readFile(path.join(near, 'home', `file-${i}`))));
  await step('stat', () => all((i) => fsp.stat(file(i))));
  await step('handle', async () => {
    const handle = await fsp.open(file(0), 'r+');
    await handle.read(Buffer.alloc(4), 0, 4, 0);
    await handle.sync();
    await handle.close();
  });
  await step('a removal', () => all((i) => fsp.rm(file(i))));
  return took;
}

async function abort(): Promise<Record<string, string>> {
  const handle = await onHandle('read-handle', 'r');
  await hang(2);
  const told: Record<string, string> = {};
  const calls: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    readFile: (signal) => fsp.readFile(path.join(far, 'read-x'), { signal }),
    // Behind the others: it has not begun.
    writeFile: (signal) => fsp.writeFile(path.join(far, 'write-x'), 'text', { flag: 'r+', signal }),
    'handle.readFile': (signal) => handle.readFile({ signal }),
  };
  for (const [name, call] of Object.entries(calls)) {
    const controller = new AbortController();
    const op = call(controller.signal).then(
      () => 'done',
      (error: Error) => error.name,
    );
    await sleep(50);
    controller.abort();
    told[name] = (await Promise.race([op, sleep(2000)])) ?? 'nothing';
  }
  return told;
}

async function worker(): Promise<{ terminateMs: number; after: string }> {
  const source = `process.argv = ${JSON.stringify([...process.argv.slice(0, 2), 'hang', far, near, api])};
    require(${JSON.stringify(__filename)});`;
  const one = new Worker(source, { eval: true });
  await new Promise((resolve) => one.once('message', resolve));
  const began = performance.now();
  await one.terminate();
  const terminateMs = Math.round(performance.now() - began);
  await fsp.writeFile(file(0), 'after');
  return { terminateMs, after: await fsp.readFile(file(0), 'utf8') };
}

/** Files that answer, on the same filesystem, are as Node has them. */
async function answers(): Promise<Record<string, unknown>> {
  const there = path.join(far, 'prompt-0');
  const handle = await fsp.open(there, 'r+');
  const { bytesRead } = await handle.read(Buffer.alloc(10), 0, 10, 4090);
  const { bytesWritten } = await handle.write('text');
  await handle.sync().catch(() => {}); // ENOSYS, once
  const { size } = await handle.stat();
  await handle.close();
  const content = await fsp.readFile(there, 'utf8');
  const missing = await fsp.readFile(path.join(far, 'none')).catch((error) => error.code);
  await fsp.writeFile(there, 'text', { flag: 'r+' });
  const left = fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return {
    bytesRead,
    bytesWritten,
    size,
    content: content === 'x'.repeat(4096),
    missing,
    names: await fsp.readdir(far),
    open: left.filter((name) => name.startsWith(far)),
  };
}

async function main(): Promise<void> {
  let seen: unknown;
  if (what === 'hang') {
    await hang(4);
    const { parentPort } = require('node:worker_threads') as typeof import('node:worker_threads');
    parentPort?.postMessage('hangs');
    return;
  }
  if (what === 'beside') {
    await hang(8);
    const took = await Promise.race([beside(), sleep(Number(patienceMs))]);
    seen = { begun, ended, took: took ?? 'does not end' };
  }
  if (what === 'exit') {
    await hang(4);
    process.exit(7);
  }
  if (what === 'abort') seen = await abort();
  if (what === 'worker') seen = await worker();
  if (what === 'answers') seen = await answers();
  process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit(0));
}

main().catch((error) => {
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exit(1);
});
