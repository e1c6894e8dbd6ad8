// node main.js --kind KIND --count N --seed N --json FILE
// One kind of end, or `terminations` of workers, N times on the Node that runs this. Lanes are taken by turns. FILE is
// written again and again, for scripts/test-ends.mjs; what failed goes to stdout too.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { type EndsSeen, kinds, runEnds } from '../acceptance-support/ends';
import { lanesHere } from '../acceptance-support/lanes';
import { faults, furnish, memoryFault, storm } from '../acceptance-support/terminations';

const { values } = parseArgs({
  options: {
    kind: { type: 'string', default: 'exit' },
    count: { type: 'string', default: '20' },
    seed: { type: 'string' },
    json: { type: 'string' },
  },
});
const kind = values.kind;
const count = Number(values.count);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
/** So many processes at once: they wait for each other's locks and for the processor. */
const AT_ONCE = 3;

/** For whoever started us. */
function note(seen: EndsSeen): void {
  if (values.json === undefined) return;
  fs.writeFileSync(`${values.json}.new`, JSON.stringify(seen));
  fs.renameSync(`${values.json}.new`, values.json);
}

/** A process for each lane, in which all of its workers live and die. */
async function terminations(folder: string): Promise<EndsSeen> {
  const lanes = lanesHere();
  const seen: EndsSeen = { count: 0, failures: [], slowestMs: 0, files: 0 };
  for (const [at, env] of lanes.entries()) {
    const workers = Math.floor((count + at) / lanes.length);
    const own = path.join(folder, String(at));
    fs.mkdirSync(own);
    furnish(own);
    const how = `terminations, seed ${seed}, ${JSON.stringify(env)}`;
    try {
      const aftermath = await storm({ folder: own, seed, workers, env });
      const wrong = [...faults(aftermath, workers), ...memoryFault(aftermath.rss)];
      seen.failures.push(...wrong.slice(0, 10).map((text) => `${how}: ${text}`));
      seen.slowestMs = Math.max(seen.slowestMs, aftermath.slowestTerminateMs);
      seen.count += aftermath.terminated;
      seen.files += aftermath.written;
    } catch (error) {
      seen.failures.push(`${how}: ${(error as Error).message}`);
    }
    note(seen);
    fs.rmSync(own, { recursive: true });
  }
  return seen;
}

async function main(): Promise<void> {
  if (kind !== 'terminations' && kinds[kind] === undefined)
    throw new Error(`${kind} is none of terminations, ${Object.keys(kinds).join(', ')}`);
  // Named as those of the tests, which remove what a killed run has left.
  const base = process.env.RINGFS_TEST_BASE || path.resolve(__dirname, '..');
  const folder = fs.mkdtempSync(path.join(base, `tmp-${process.pid}-`));
  const seen = await (kind === 'terminations'
    ? terminations(folder)
    : runEnds({ kind, count, seed, folder, lanes: lanesHere(), atOnce: AT_ONCE, onProgress: note }));
  fs.rmSync(folder, { recursive: true, force: true });
  note(seen);
  console.log(JSON.stringify({ ...seen, failures: seen.failures.length }));
  for (const failure of seen.failures) console.log(failure);
  process.exitCode = seen.failures.length === 0 ? 0 : 1;
}

void main();
