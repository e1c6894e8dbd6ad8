// acknowledge FOLDER ROUND: writes files and appends to a log, flushed, for as long as it lives, and says on stdout what has
// been acknowledged: `file N` and `line N`. kills.test.ts ends it.
import * as fs from 'node:fs';
import * as fsp from '@ringfs/fs-compat/promises';
import { contentOf, lineOf } from '../acknowledged';

const [, , folder, round] = process.argv;
const say = (text: string): number => fs.writeSync(1, `${text}\n`);

let next = 0;
async function files(): Promise<void> {
  for (;;) {
    const n = next++;
    const file = `${folder}/${round}-${n}`;
    // The second write is shorter: the engine cuts what is left of the first.
    if (n % 3 === 0) await fsp.writeFile(file, contentOf(n + 1));
    await fsp.writeFile(file, contentOf(n), { flush: true });
    say(`file ${n}`);
  }
}

async function lines(): Promise<void> {
  const log = await fsp.open(`${folder}/${round}-log`, 'a');
  for (let n = 0; ; n++) {
    await log.appendFile(lineOf(n));
    await log.datasync();
    say(`line ${n}`);
  }
}

void Promise.all([files(), files(), files(), files(), lines()]);
