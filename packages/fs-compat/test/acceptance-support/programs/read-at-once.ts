// read-at-once FOLDER: reads every file of FOLDER, all calls made in one tick, and tells what that cost. It ends by
// process.exit with the ring thread asleep, so that whoever counts from outside sees what the counters saw.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

const [folder] = process.argv.slice(2);

interface Counters {
  enters: number;
}

async function main(): Promise<void> {
  const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
  const { readFile } = require('@ringfs/fs-compat/promises') as typeof fs.promises;
  const { metrics } = require('@ringfs/core') as { metrics(): Counters };
  const began = performance.now();
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const ms = performance.now() - began;
  const hash = createHash('sha1');
  for (const content of contents) hash.update(content);
  console.log(
    JSON.stringify({ ...(await whenAsleep(metrics)), ms, files: files.length, sha1: hash.digest('hex') }),
  );
  process.exit(0);
}

/** What metrics() says once the ring thread rests in its last enter. */
async function whenAsleep(metrics: () => Counters): Promise<Counters> {
  for (;;) {
    const before = { ...metrics() };
    await new Promise((resolve) => setTimeout(resolve, 50));
    const after = metrics();
    if (after.enters === before.enters && !ringThreadRuns()) return after;
  }
}

function ringThreadRuns(): boolean {
  return fs.readdirSync('/proc/self/task').some((id) => {
    // proc_pid_stat(5): number, name in brackets, state.
    const [, name, state] = /\((.*)\) (\w)/.exec(fs.readFileSync(`/proc/self/task/${id}/stat`, 'utf8')) ?? [];
    return name === 'ringfs-ring' && state === 'R';
  });
}

void main();
