// read-large FILE COUNT: reads FILE once, then COUNT times more; tells whether huge pages have been asked for after each.
import * as fs from 'node:fs';
import { readFile } from '@ringfs/fs-compat/promises';

const [file, count] = process.argv.slice(2);
/** `hg`: MADV_HUGEPAGE (proc_pid_smaps(5)). */
const asked = (): boolean => /^VmFlags:.* hg( |$)/m.test(fs.readFileSync('/proc/self/smaps', 'latin1'));

async function main(): Promise<void> {
  const kept = [await readFile(file)];
  const atFirst = asked();
  for (let i = 0; i < Number(count); i++) kept[1] = await readFile(file);
  console.log(JSON.stringify({ atFirst, later: asked(), bytes: kept[0].length + kept[1].length }));
}

void main();
