// read-and-free FILE CYCLES: reads FILE eight times at once and lets go of it, again and again; tells the page faults
// of a read. Needs --expose-gc.
import { readFile } from '@ringfs/fs-compat/promises';

const [file, cycles] = process.argv.slice(2);
const atOnce = 8;
const warmUp = 10;

async function cycle(): Promise<void> {
  await Promise.all(Array.from({ length: atOnce }, () => readFile(file)));
  global.gc?.();
  await new Promise((resolve) => setImmediate(resolve));
}

async function main(): Promise<void> {
  for (let i = 0; i < warmUp; i++) await cycle();
  const before = process.resourceUsage().minorPageFault;
  for (let i = 0; i < Number(cycles); i++) await cycle();
  const faults = process.resourceUsage().minorPageFault - before;
  console.log(JSON.stringify({ faultsEach: faults / (Number(cycles) * atOnce) }));
}

void main();
