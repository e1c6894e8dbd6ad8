// node --expose-gc main.js [--seed N] [--one-in N] [--case TEXT] [--plan TEXT] [--base FOLDER] [--quiet]
// The nth-fault loop over the public calls, on the backend and lane of RINGFS_BACKEND and RINGFS_LANE: of each call the
// first, second, third ... system call, allocation, submission, completion or notification goes wrong, until it gets
// through without. `--one-in` takes a sample of the pairs of a call and a plan.
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { World } from '../fuzz/world';
import { type Case, cases, missing } from './cases';
import { forget, fresh, type Held, held, leftOver, loadFaults } from './fresh';
import { overNode, withLibrary } from './node-backend';
import { describePlan, type Faults, isCancel, type Plan, plansFor } from './plan';
import { type Answer, bare, expectedOf, Trial } from './trial';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '0' },
    'one-in': { type: 'string', default: '1' },
    case: { type: 'string' },
    plan: { type: 'string' },
    base: { type: 'string' },
    quiet: { type: 'boolean', default: false },
  },
});

const MOST_FAULTS = 400;
const MOST_SHOWN = 30;
const terminal = process.stdout.isTTY;

interface Tally {
  backend: string;
  tries: number;
  met: number;
  calls: number;
  wrong: string[];
}

/** Whatever Node makes once for the process is made before anything is counted. */
async function warmUp(world: World): Promise<void> {
  world.lay();
  await Promise.all(Array.from({ length: 8 }, () => bare.promises.readFile('small')));
  for (let i = 0; i < 3; i++) await fresh().promises.readFile('small');
  forget();
}

/** What all tries of a call and a plan have left behind. */
async function leftBy(which: Case, plan: Plan, faults: Faults, before: Held): Promise<string[]> {
  // What a kernel that takes no more enters still holds is never freed.
  if (plan.point === 'enter' && plan.manner === 'fails') return [];
  const left = await leftOver(faults, before);
  return left === '' ? [] : [`${which.name}: ${describePlan(plan, 1)} and on: ${left}`];
}

async function loop(which: Case, plan: Plan, expected: Answer, trial: Trial, tally: Tally): Promise<void> {
  for (let nth = 1; nth <= MOST_FAULTS; nth++) {
    const { met, wrong } = await trial.run(which, plan, nth, expected);
    tally.tries += 1;
    if (wrong !== '') tally.wrong.push(wrong);
    if (!met) return;
    tally.met += 1;
    if (tally.wrong.length >= MOST_SHOWN) return;
  }
  tally.wrong.push(`${which.name}: ${describePlan(plan, MOST_FAULTS)}: still met`);
}

async function unmade(world: World): Promise<string[]> {
  world.lay();
  const faces = fresh();
  const handle = await faces.promises.open('small');
  const names = missing(faces, bare, handle);
  await handle.close();
  forget();
  return names.map((name) => `no case makes ${name}`);
}

const oneIn = Number(values['one-in']);
let turn = Number(values.seed);

/** Whether a pair is asked for, and the sample's turn. */
function isTaken(which: Case, plan: string): boolean {
  if (!which.name.includes(values.case ?? '') || !plan.includes(values.plan ?? '')) return false;
  return turn++ % oneIn === 0;
}

function wanted(which: Case, plan: Plan): boolean {
  if (isCancel(plan) && which.cancellable !== true) return false;
  // The open and the close around it cannot be called off: one that hangs, hangs.
  if (plan.manner === 'hangs' && which.name.startsWith('FileHandle.')) return false;
  return isTaken(which, describePlan(plan, 1));
}

function say(text: string): void {
  if (!values.quiet) process.stdout.write(terminal ? `\r\x1b[K${text}` : `${text}\n`);
}

let now: Case | undefined;
process.on('uncaughtExceptionMonitor', () => console.log(`uncaught, amid ${now?.name}`));
process.on('unhandledRejection', (error) => {
  if (now?.leavesRejection !== true) throw error;
});

async function overEngine(world: World, tally: Tally): Promise<void> {
  const faults = loadFaults();
  await warmUp(world);
  const backend = fresh().core?.capabilities().backend;
  tally.backend = String(backend);
  tally.wrong.push(...(await unmade(world)));
  const plans = plansFor(backend === 'io_uring', faults.canSpoilSqes());
  const trial = new Trial(faults, world, process.env.RINGFS_BACKEND !== undefined);
  for (const which of cases) {
    now = which;
    const taken = plans.filter((plan) => wanted(which, plan));
    if (taken.length === 0) continue;
    tally.calls += 1;
    const expected = await expectedOf(which, world);
    for (const plan of taken) {
      const before = held(faults);
      await loop(which, plan, expected, trial, tally);
      tally.wrong.push(...(await leftBy(which, plan, faults, before)));
    }
    say(`${which.name}: ${tally.tries} tries, ${tally.met} met their fault, ${tally.wrong.length} wrong`);
    if (tally.wrong.length >= MOST_SHOWN) break;
  }
}

async function overBare(world: World, tally: Tally): Promise<void> {
  const seen = new Set<Case>();
  await overNode(
    world,
    (which, plan) => {
      now = which;
      return tally.wrong.length < MOST_SHOWN && isTaken(which, plan);
    },
    (which, { met, wrong }) => {
      seen.add(which);
      tally.calls = seen.size;
      tally.tries += 1;
      tally.met += met ? 1 : 0;
      if (wrong !== '') tally.wrong.push(wrong);
    },
  );
}

async function main(): Promise<void> {
  const ofNode = process.env.RINGFS_BACKEND === 'node';
  if (ofNode) withLibrary();
  const world = new World(values.base ?? path.resolve(__dirname, '../tmp-faults'));
  const tally: Tally = { backend: 'node', tries: 0, met: 0, calls: 0, wrong: [] };
  await (ofNode ? overBare(world, tally) : overEngine(world, tally));
  world.remove();
  if (terminal) say('');
  for (const wrong of tally.wrong) console.log(wrong);
  const { backend, tries, met, calls, wrong } = tally;
  console.log(
    `${backend}: ${calls} calls, ${tries} tries, ${met} met their fault, ${wrong.length} wrong; seed ${values.seed}`,
  );
  process.exitCode = wrong.length === 0 && met > 0 ? 0 : 1;
}

void main();
