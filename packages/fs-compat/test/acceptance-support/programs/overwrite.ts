// overwrite FILE HOW TIMES: overwrites a file by others of the same length, again and again, while another thread looks at
// it. Tells the sizes that were seen. HOW is `default`, or a flag.
import * as fs from 'node:fs';
import { Worker } from 'node:worker_threads';

const [file, how, times] = process.argv.slice(2);
const SIZE = 20_000;
const { writeFile } = require('@ringfs/fs-compat/promises') as typeof fs.promises;

const observer = `
  const fs = require('node:fs');
  const { parentPort, workerData } = require('node:worker_threads');
  const over = new Int32Array(workerData.over);
  const fd = fs.openSync(workerData.file);
  const seen = {};
  let looks = 0;
  parentPort.postMessage('ready');
  while (Atomics.load(over, 0) === 0) {
    const { size } = fs.fstatSync(fd);
    seen[size] = (seen[size] ?? 0) + 1;
    looks += 1;
  }
  parentPort.postMessage({ sizes: Object.keys(seen).map(Number), looks });`;

async function main(): Promise<void> {
  fs.writeFileSync(file, Buffer.alloc(SIZE, 'o'));
  const over = new SharedArrayBuffer(4);
  const worker = new Worker(observer, { eval: true, workerData: { file, over } });
  await new Promise((resolve) => worker.once('message', resolve));
  const options = how === 'default' ? undefined : { flag: how };
  let wrong = 0;
  for (let i = 0; i < Number(times); i++) {
    const data = Buffer.alloc(SIZE, 97 + (i % 26));
    await writeFile(file, data, options);
    if (i % 50 === 0 && !fs.readFileSync(file).equals(data)) wrong += 1;
  }
  const seen = new Promise<object>((resolve) => worker.once('message', resolve));
  Atomics.store(new Int32Array(over), 0, 1);
  console.log(JSON.stringify({ ...(await seen), wrong }));
}

void main();
