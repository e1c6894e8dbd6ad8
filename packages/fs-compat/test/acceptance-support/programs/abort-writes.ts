// abort-writes FILE ROUNDS: aborts large writes over a longer, older file at many moments. Tells what was left each time,
// once the engine is through.
import * as fs from 'node:fs';

const [file, rounds] = process.argv.slice(2);
const { writeFile } = require('@ringfs/fs-compat/promises') as typeof fs.promises;
const { metrics } = require('@ringfs/core') as { metrics(): { inFlight: number } };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const OLD = Buffer.alloc((12 << 20) + 5000, 'o');
const NEW = Buffer.alloc(12 << 20, 'n');

function kindOf(content: Buffer): string {
  if (content.equals(OLD)) return 'untouched';
  if (content.equals(NEW)) return 'whole';
  const firstStrange = content.findIndex((byte) => byte !== 'n'.charCodeAt(0));
  return firstStrange < 0 ? 'cut' : `${content.length} bytes, new ones up to ${firstStrange}`;
}

async function main(): Promise<void> {
  const kinds: Record<string, number> = {};
  for (let round = 0; round < Number(rounds); round++) {
    fs.writeFileSync(file, OLD);
    const controller = new AbortController();
    const writing = writeFile(file, NEW, { signal: controller.signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
    await sleep(round % 12);
    controller.abort();
    await writing;
    while (metrics().inFlight > 0) await sleep(1);
    const kind = kindOf(fs.readFileSync(file));
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  console.log(JSON.stringify(kinds));
}

void main();
