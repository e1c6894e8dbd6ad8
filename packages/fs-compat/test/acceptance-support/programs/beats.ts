// beats API MODE FOLDER MS: reads cached files for MS milliseconds, `loop`: each awaited before the next, `burst`: 10,000
// calls in one tick, again and again. Tells how often a 1 ms interval came meanwhile, and how an HTTP server answered.
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';

const [api, mode, folder, ms] = process.argv.slice(2);
const BURST = 10_000;

/**
 * Asks again and again, in a thread of its own; a message ends it, and it tells how long each answer took, less the time
 * for which this thread itself was not let run: then the machine stood still, and not the server's event loop.
 */
const client = `
  const http = require('node:http');
  const { parentPort, workerData } = require('node:worker_threads');
  const agent = new http.Agent({ keepAlive: true });
  const ask = () => new Promise((resolve, reject) => {
    http.get({ port: workerData, host: '127.0.0.1', agent, timeout: 10_000 }, (response) => {
      let text = '';
      response.on('data', (part) => { text += part; });
      response.on('end', () => (text === 'here' ? resolve() : reject(new Error('got ' + text))));
    }).on('error', reject);
  });
  let over = false;
  const TICK = 10;
  const DUE = 2 * TICK;
  let heldUp = 0;
  let last = performance.now();
  const heldUpUntil = (now) => heldUp + Math.max(0, now - last - DUE);
  setInterval(() => {
    const now = performance.now();
    heldUp = heldUpUntil(now);
    last = now;
  }, TICK).unref();
  parentPort.once('message', () => { over = true; });
  (async () => {
    await ask();
    parentPort.postMessage('ready');
    const times = [];
    while (!over) {
      const began = performance.now();
      const heldUpBefore = heldUpUntil(began);
      await ask();
      const now = performance.now();
      times.push(now - began - (heldUpUntil(now) - heldUpBefore));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    parentPort.postMessage(times);
    agent.destroy();
  })();`;

const nextMessage = <T>(worker: Worker): Promise<T> =>
  new Promise((resolve) => worker.once('message', resolve));

async function main(): Promise<void> {
  const specifier = api === 'node' ? 'node:fs/promises' : '@ringfs/fs-compat/promises';
  const { readFile } = require(specifier) as typeof fs.promises;
  const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
  const server = http.createServer((_, response) => response.end('here'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const worker = new Worker(client, { eval: true, workerData: (server.address() as AddressInfo).port });
  await nextMessage(worker);
  for (const file of files) await readFile(file);

  let beats = 0;
  const began = performance.now();
  const interval = setInterval(() => beats++, 1);
  let reads = 0;
  while (performance.now() - began < Number(ms)) {
    if (mode === 'loop') {
      await readFile(files[reads % files.length]);
      reads += 1;
    } else {
      await Promise.all(Array.from({ length: BURST }, (_, i) => readFile(files[i % files.length])));
      reads += BURST;
    }
  }
  const seconds = (performance.now() - began) / 1000;
  clearInterval(interval);
  const answered = nextMessage<number[]>(worker);
  worker.postMessage('end');
  const times = await answered;
  console.log(
    JSON.stringify({
      beats: beats / seconds,
      reads: reads / seconds,
      answers: times.length / seconds,
      slowestAnswer: Math.max(...times),
    }),
  );
  server.close();
}

void main();
