// full-disk API FOLDER: writes more than the small filesystem at FOLDER holds, and tells what each call came to and what
// was left of the files.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

const [api, folder] = process.argv.slice(2);
const specifier = api === 'node' ? 'node:fs/promises' : '@ringfs/fs-compat/promises';
const { writeFile, appendFile, unlink } = require(specifier) as typeof fs.promises;
const at = (name: string): string => path.join(folder, name);
const data = (kib: number, byte: string): Buffer => Buffer.alloc(kib << 10, byte);

const steps: [string, () => Promise<void>][] = [
  ['40 KiB fit', () => writeFile(at('a'), data(40, 'a'))],
  ['40 KiB over them', () => writeFile(at('a'), data(40, 'b'))],
  ['a new file of 40 KiB does not fit', () => writeFile(at('b'), data(40, 'c'))],
  ['it is removed', () => unlink(at('b'))],
  ['60 KiB over the 40', () => writeFile(at('a'), data(60, 'd'))],
  ['100 KiB over them do not fit', () => writeFile(at('a'), data(100, 'e'))],
  ['10 KiB over what was left', () => writeFile(at('a'), data(10, 'f'))],
  ['2 MiB do not fit', () => writeFile(at('a'), data(2048, 'g'))],
  ['and not with a flag', () => writeFile(at('a'), data(2048, 'h'), { flag: 'w' })],
  ['nor with a flush', () => writeFile(at('a'), data(100, 'i'), { flush: true } as object)],
  ['20 KiB do', () => writeFile(at('a'), data(20, 'j'), { flush: true } as object)],
  ['80 KiB more do not', () => appendFile(at('a'), data(80, 'k'))],
];

async function main(): Promise<void> {
  const seen: unknown[] = [];
  for (const [name, step] of steps) {
    const outcome = await step().then(
      () => 'done',
      ({ code, errno, syscall, message }: NodeJS.ErrnoException) => ({ code, errno, syscall, message }),
    );
    const files = fs.readdirSync(folder).map((file) => {
      const content = fs.readFileSync(at(file));
      return [file, content.length, createHash('sha1').update(content).digest('hex')];
    });
    seen.push({ name, outcome, files });
  }
  console.log(JSON.stringify(seen));
}

void main();
