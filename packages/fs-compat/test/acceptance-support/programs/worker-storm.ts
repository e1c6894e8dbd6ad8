// worker-storm FOLDER SEED WORKERS [API]: starts busy workers and terminates each at a random moment, while this thread opens
// and writes files of its own. Tells what was left behind, how memory went, and which files hold a byte that nobody wrote there.
// FOLDER has files to read in `read`, and two FIFOs; terminations.ts makes it.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Scene } from '../mixed-work';
import { wrongBelow } from '../named-bytes';
import { grown, stateNow } from '../process-state';
import { randomFrom } from '../random';

const [folder, seed, count, api = '@ringfs/fs-compat'] = process.argv.slice(2);
const AT_ONCE = 4;
const USUAL_LIFE_MS = 50;
/** More than a thread that is left behind takes, which is five seconds. */
const HUNG_MS = 30_000;
const MAIN_BYTE = 255;

const random = randomFrom(Number(seed));
const limitsAtFirst = stateNow().openFiles;
const fsp = require('@ringfs/fs-compat/promises') as typeof fs.promises;
const { metrics } = require('@ringfs/core') as { metrics(): { inFlight: number } };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
// Node's own thread pool would be blocked for good.
const fifos = api === 'node:fs' ? [] : ['fifo-r', 'fifo-w'].map((name) => path.join(folder, name));
const files = fs
  .readdirSync(path.join(folder, 'read'))
  .sort()
  .map((name) => path.join(folder, 'read', name));

const foreign: string[] = [];
const failures: string[] = [];
let written = 0;
let over = false;

/** After each worker. */
const rss: number[] = [];

/** Takes and gives back descriptors all the time: a number that a worker still writes to would be one of these. */
async function writeOwnFiles(lane: number): Promise<void> {
  const bytes = Buffer.alloc(64 * 1024, MAIN_BYTE);
  for (let i = 0; !over; i++) {
    const file = path.join(folder, `main-${lane}-${i % 50}`);
    if (lane === 0) {
      fs.writeFileSync(file, bytes);
      await sleep(0);
    } else if (lane === 1) {
      const handle = await fs.promises.open(file, 'w');
      await handle.write(bytes);
      await handle.close();
    } else {
      await fsp.writeFile(file, bytes);
    }
    const content = fs.readFileSync(file);
    if (!content.equals(bytes)) foreign.push(`${file} is not what was just written`);
    written += 1;
  }
}

async function liveAndDie(index: number): Promise<void> {
  const own = path.join(folder, `worker-${index}`);
  fs.mkdirSync(own);
  const delay = random() < 0.2 ? 20 : 0;
  const life = Math.floor(random() * (random() < 0.2 ? 4 : 1) * USUAL_LIFE_MS);
  const fromOnline = random() < 0.8;
  const scene: Scene = { api, folder: own, files, fifos, seed: Number(seed) + index, stops: false };
  const worker = new Worker(path.join(__dirname, 'busy-worker.js'), {
    workerData: { scene, delay, exits: false },
  });
  worker.on('error', (error) => failures.push(`worker ${index}: ${error.stack}`));
  if (fromOnline) await new Promise((resolve) => worker.once('online', resolve));
  await sleep(life);
  const began = performance.now();
  await withinBounds(worker.terminate(), index);
  slowest = Math.max(slowest, performance.now() - began);
  // Nothing of a worker that is gone may write any more.
  foreign.push(...wrongBelow(own, false));
  fs.rmSync(own, { recursive: true });
  rss.push(process.memoryUsage.rss());
}
let slowest = 0;

async function withinBounds(ending: Promise<unknown>, index: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<'hung'>((resolve) => {
    timer = setTimeout(resolve, HUNG_MS, 'hung');
  });
  if ((await Promise.race([ending, hung])) === 'hung') {
    process.stderr.write(`worker ${index} does not end\n`);
    process.exit(1);
  }
  clearTimeout(timer);
}

/** Everything that this process starts once, itself. */
async function warmUp(): Promise<void> {
  const own = path.join(folder, 'warm');
  fs.mkdirSync(own);
  await Promise.all(Array.from({ length: 64 }, (_, i) => fsp.writeFile(path.join(own, `${i}`), 'x')));
  await Promise.all(
    Array.from({ length: 16 }, (_, i) => fsp.writeFile(path.join(own, `${i}`), 'x', { flush: true })),
  );
  await Promise.all(Array.from({ length: 64 }, (_, i) => fs.promises.readFile(path.join(own, `${i}`))));
  const handle = await fsp.open(path.join(own, '0'), 'r');
  await handle.close();
  await liveAndDie(1000);
}

/** What has grown since, once it has had time to go. */
async function leaks(
  base: ReturnType<typeof stateNow>,
): Promise<{ threads: string[]; descriptors: string[] }> {
  let found = { threads: [''], descriptors: [''] };
  for (let i = 0; i < 50 && found.threads.length + found.descriptors.length > 0; i++) {
    await sleep(i === 0 ? 0 : 100);
    const now = stateNow();
    found = {
      threads: grown(base.threads, now.threads),
      descriptors: grown(base.descriptors, now.descriptors),
    };
  }
  return found;
}

async function main(): Promise<void> {
  await warmUp();
  const base = stateNow();
  const writers = [0, 1, 2].map(writeOwnFiles);
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < Number(count)) await liveAndDie(next++);
    }),
  );
  over = true;
  await Promise.all(writers);
  console.log(
    JSON.stringify({
      leaked: await leaks(base),
      foreign: foreign.slice(0, 5),
      failures: failures.slice(0, 5),
      limits: [limitsAtFirst, stateNow().openFiles],
      terminated: next,
      written,
      rss,
      inFlight: metrics().inFlight,
      slowestTerminateMs: Math.round(slowest),
    }),
  );
}

void main();
