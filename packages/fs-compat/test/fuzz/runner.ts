// The process that runs programs on both sides. Started by start.ts, which survives what this one does not.
import { writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { program as anyProgram } from './arbitrary-program';
import { compare, type Difference } from './compare';
import type { Api, Subject } from './execute';
import type { Program } from './program';
import type { Failure, Message, Order } from './protocol';
import { World } from './world';

/** Programs of one seed: enough for a short way to a failing one, few enough to change the folder now and then. */
const ROUND = 50;
const TELL_EVERY = 5000;

const order = JSON.parse(process.argv[2] as string) as Order;
const began = Date.now();
let programs = 0;
const calls: Record<string, number> = {};

process.env.RINGFS_BACKEND = order.backend;
process.env.RINGFS_LANE = order.lane;
if (order.backend === 'auto') delete process.env.RINGFS_BACKEND;
if (order.lane === 'auto') delete process.env.RINGFS_LANE;

// Taken before ours is loaded, so that nothing of ours can be its own oracle.
const oracle: Subject = { name: 'node', api: { ...(require('node:fs/promises') as Api) } };
const subject: Subject = { name: 'ringfs', api: require('@ringfs/fs-compat/promises') as Api };

const tell = (message: Message): void => void process.send?.(message);

async function differences(program: Program, world: World): Promise<Difference[]> {
  writeFileSync(order.journal, JSON.stringify(program));
  const found = await compare(program, oracle, subject, world);
  for (const [name, n] of found.calls) calls[name] = (calls[name] ?? 0) + n;
  programs++;
  return found.differences;
}

/** One round; a failure, shrunk, if there is one. */
async function round(seed: number, base: string, world: World, most: number): Promise<Failure | undefined> {
  const arbitrary = anyProgram(Object.keys(oracle.api));
  let last: Difference[] = [];
  const property = fc.asyncProperty(arbitrary, async (program) => {
    const found = await differences(program, world);
    if (found.length === 0) return;
    last = found;
    throw new Error('the two sides differ');
  });
  const how = order.path === null ? { seed, numRuns: most } : { seed, path: order.path, numRuns: 1 };
  const result = await fc.check(property, how);
  if (!result.failed || result.counterexample === null) return undefined;
  const [program] = result.counterexample;
  const shown = { seed, path: result.counterexamplePath, base, shrinks: result.numShrinks, program };
  // The last program that failed is the one that fast-check gives back.
  const again = (await differences(program, world)).length > 0;
  return { type: 'failure', ...shown, differences: last, again };
}

function isOver(): boolean {
  if (order.programs !== null && programs >= order.programs) return true;
  return order.milliseconds !== null && Date.now() - began >= order.milliseconds;
}

function tellProgress(nextSeed: number): void {
  tell({ type: 'progress', programs, calls, milliseconds: Date.now() - began, nextSeed });
}

async function run(): Promise<void> {
  const { capabilities } = require('@ringfs/core') as typeof import('@ringfs/core');
  const { backend, reason } = capabilities();
  tell({ type: 'started', node: process.version, backend, reason });
  const worlds = order.bases.map((base) => new World(base));
  if (order.uid !== null) become(order.uid);
  let told = Date.now();
  for (let i = 0; !isOver(); i++) {
    const at = i % worlds.length;
    const [world, base] = [worlds[at] as World, order.bases[at] as string];
    const seed = (order.seed + i) | 0;
    const left = order.programs === null ? ROUND : Math.min(ROUND, order.programs - programs);
    const failure =
      order.program === null
        ? await round(seed, base, world, left)
        : await replay(order.program, base, world);
    if (failure !== undefined) return tell(failure);
    if (order.path !== null || order.program !== null) break;
    if (Date.now() - told < TELL_EVERY) continue;
    told = Date.now();
    tellProgress(seed + 1);
  }
  tellProgress(order.seed);
}

async function replay(program: Program, base: string, world: World): Promise<Failure | undefined> {
  const found = await differences(program, world);
  if (found.length === 0) return undefined;
  return { type: 'failure', seed: 0, path: null, base, shrinks: 0, program, differences: found, again: true };
}

function become(uid: number): void {
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}

// What did not end on either side may go on for ever: Node's glob can walk in circles.
process.once('disconnect', () => process.exit());

void run().then(
  () => process.disconnect?.(),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exitCode = 1;
    process.disconnect?.();
  },
);
