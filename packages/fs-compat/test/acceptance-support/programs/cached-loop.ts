// cached-loop API FOLDER COUNT: reads COUNT files of FOLDER, each awaited before the next, and tells what that cost.
import * as fs from 'node:fs';
import * as path from 'node:path';

const [api, folder, count] = process.argv.slice(2);

type Read = (file: string) => Buffer | Promise<Buffer>;

function reader(): Read {
  if (api === 'readFileSync') return (file) => fs.readFileSync(file);
  const specifier = api === 'node' ? 'node:fs/promises' : '@ringfs/fs-compat/promises';
  return (require(specifier) as typeof fs.promises).readFile as Read;
}

async function main(): Promise<void> {
  const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
  const read = reader();
  const before = process.resourceUsage().voluntaryContextSwitches;
  const began = performance.now();
  let bytes = 0;
  for (let i = 0; i < Number(count); i++) bytes += (await read(files[i % files.length])).length;
  const ms = performance.now() - began;
  const switches = process.resourceUsage().voluntaryContextSwitches - before;
  const counters = api === 'ringfs' ? (require('@ringfs/core') as { metrics(): object }).metrics() : {};
  console.log(JSON.stringify({ ...counters, bytes, ms, switches }));
}

void main();
