// read-at-once FOLDER: reads every file of FOLDER, all calls made in one tick, and tells what that cost. It ends by
// process.exit with the ring thread asleep, so that whoever counts from outside sees what the counters saw.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

const [folder] = process.argv.slice(2);

async function main(): Promise<void> {
  const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
  const { readFile } = require('@ringfs/fs-compat/promises') as typeof fs.promises;
  const { metrics } = require('@ringfs/core') as { metrics(): object };
  const began = performance.now();
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const ms = performance.now() - began;
  const hash = createHash('sha1');
  for (const content of contents) hash.update(content);
  await new Promise((resolve) => setTimeout(resolve, 50));
  console.log(JSON.stringify({ ...metrics(), ms, files: files.length, sha1: hash.digest('hex') }));
  process.exit(0);
}

void main();
