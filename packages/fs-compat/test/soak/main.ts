// node main.js [--minutes N] [--seed N] [--json FILE] [--actors N] [--quiet]
// Random work against a model, on the Node that runs this; RINGFS_BACKEND and RINGFS_LANE as always. Ends with 1 when
// something differs, is left over, or grows. FILE gets the samples, for scripts/soak.mjs.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { type Report, soak } from './run';
import { growth, MOST_GROWTH_MIB, notFlat, type Sample, SHORTEST_SECONDS } from './samples';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string' },
    json: { type: 'string' },
    actors: { type: 'string', default: '8' },
    quiet: { type: 'boolean', default: false },
  },
});
const terminal = process.stdout.isTTY;
/** Where a line cannot be written anew. */
const SAY_EVERY_S = 60;
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const mib = (bytes: number): string => `${Math.round(bytes / (1 << 20))} MiB`;

let saidAt = 0;
function sayProgress({ seconds, ops, rss, external, descriptors, threads }: Sample): void {
  if (values.quiet || (!terminal && seconds - saidAt < SAY_EVERY_S)) return;
  saidAt = seconds;
  const line = `${Math.round(seconds)} s: ${ops} ops, resident ${mib(rss)}, external ${mib(external)}, ${descriptors} descriptors, ${threads} threads`;
  process.stdout.write(terminal ? `\r\x1b[K${line}` : `${line}\n`);
}

function conclude({ counts, samples, difference, left, backend }: Report): boolean {
  if (terminal && !values.quiet) say('');
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(counts).sort(([, a], [, b]) => b - a);
  say(`Backend ${backend}, seed ${seed}: ${all} ops`);
  if (!values.quiet) for (const [name, count] of kinds) say(`  ${name.padEnd(24)}${count}`);
  if (difference !== undefined) {
    say(`It differs from the model. Seed ${seed}.\n${difference}`);
    return false;
  }
  const faults = [...left.map((what) => `left over: ${what}`), ...notFlat(samples)];
  for (const fault of faults) say(fault);
  if (samples[samples.length - 1].seconds >= SHORTEST_SECONDS) {
    const { mib: risen, ops } = growth(samples);
    const of = (kind: keyof typeof risen): string => `${kind} ${risen[kind].toFixed(1)}`;
    const rises = `${of('rss')}, ${of('external')}, ${of('heapUsed')}`;
    say(`Rise in the second half, ${ops} ops, at most ${MOST_GROWTH_MIB} MiB: ${rises}`);
  }
  if (faults.length === 0) say('No difference; threads and descriptors as at the start.');
  return faults.length === 0;
}

async function main(): Promise<void> {
  // Named as those of the tests, which remove what a killed run has left.
  const base = process.env.RINGFS_TEST_BASE || path.resolve(__dirname, '..');
  const folder = fs.mkdtempSync(path.join(base, `tmp-${process.pid}-`));
  if (!values.quiet) say(`Node ${process.versions.node}, seed ${seed}, ${values.minutes} minutes`);
  const milliseconds = Number(values.minutes) * 60_000;
  const report = await soak({
    folder,
    seed,
    milliseconds,
    actors: Number(values.actors),
    onSample: sayProgress,
  });
  if (values.json !== undefined)
    fs.writeFileSync(values.json, JSON.stringify({ node: process.versions.node, seed, ...report }));
  const well = conclude(report);
  // What differs is worth a look.
  if (report.difference === undefined) fs.rmSync(folder, { recursive: true });
  process.exitCode = well ? 0 : 1;
}

void main();
