// The nth-fault loop where Node itself serves the calls: the nth call of libc's that libuv's pool makes fails, with bare
// Node and with us, and both must answer alike. One thread in the pool, so that the nth is the same call on both sides.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { constants } from 'node:os';
import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { shown } from '../fuzz/show';
import type { World } from '../fuzz/world';
import { type Case, cases, type Faces } from './cases';
import { fresh } from './fresh';
import { type Answer, answerOf, bare } from './trial';

const { EIO, EAGAIN, ENOMEM, EMFILE, ENFILE, ENOSPC, EACCES, EXDEV } = constants.errno;
/** Not EINTR, which libuv makes again for ever; nor what it takes for a kernel without that call, and remembers. */
const ERRORS = [EIO, EAGAIN, ENOMEM, EMFILE, ENFILE, ENOSPC, EACCES, EXDEV];
const MOST = 400;

/** Runs this program again with the library preloaded, and ends as it does. */
export function withLibrary(): void {
  if (process.env.RINGFS_LIBC_FAULTS === '1') return;
  const source = path.resolve(__dirname, '../../test/faults/libc_faults.c');
  const library = path.join(fs.mkdtempSync(path.join(__dirname, 'libc-')), 'libc_faults.so');
  const built = spawnSync('gcc', ['-O1', '-Wall', '-shared', '-fPIC', '-o', library, source, '-ldl'], {
    stdio: 'inherit',
  });
  if (built.status !== 0) throw new Error(`${source} could not be built`);
  const again = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, LD_PRELOAD: library, UV_THREADPOOL_SIZE: '1', RINGFS_LIBC_FAULTS: '1' },
  });
  fs.rmSync(path.dirname(library), { recursive: true });
  process.exit(again.status ?? 1);
}

interface Plan {
  error: number;
  forGood: boolean;
}

const arm = (nth: number, { error, forGood }: Plan): void =>
  fs.accessSync(`/ringfs-faults/arm/${nth}/${error}/${forGood ? 1 : 0}`);
const disarm = (): number => Number(fs.readlinkSync('/ringfs-faults/disarm'));

const plans: Plan[] = [
  ...ERRORS.map((error) => ({ error, forGood: false })),
  ...[EIO, ENOMEM].map((error) => ({ error, forGood: true })),
];

async function answer(
  which: Case,
  faces: Faces,
  world: World,
  nth: number,
  plan: Plan,
): Promise<[Answer, number]> {
  world.lay();
  const signal = new AbortController().signal;
  let struck = 0;
  const given = await answerOf(async () => {
    arm(nth, plan);
    try {
      return await which.run(faces, signal);
    } finally {
      struck = disarm();
    }
  }, world);
  return [given, struck];
}

export interface Found {
  met: boolean;
  wrong: string;
}

async function attempt(which: Case, ours: Faces, world: World, nth: number, plan: Plan): Promise<Found> {
  const [got, struck] = await answer(which, ours, world, nth, plan);
  // Of these Node's answer is no measure: it has no such call, or the nth is another one.
  if (which.name.startsWith('core.') || which.inAnyOrder) {
    const right = got.error === undefined || (struck > 0 && got.error.errno === -plan.error);
    return { met: struck > 0, wrong: right ? '' : `${got.error?.message} for errno ${plan.error}` };
  }
  const [expected, theirs] = await answer(which, bare, world, nth, plan);
  const alike = isDeepStrictEqual([got.shown, got.tree], [expected.shown, expected.tree]);
  if (alike && struck === theirs) return { met: struck > 0, wrong: '' };
  const wrong = shown(
    `${struck} struck, ${theirs} with Node`,
    { value: expected.shown, tree: expected.tree },
    { value: got.shown, tree: got.tree },
  );
  return { met: struck > 0, wrong };
}

/** Each try in turn: `wanted` picks the pairs, `told` hears what came of them. */
export async function overNode(
  world: World,
  wanted: (which: Case, plan: string) => boolean,
  told: (which: Case, found: Found) => void,
): Promise<void> {
  const ours = fresh();
  for (const which of cases) {
    for (const plan of plans) {
      const named = `call, errno ${plan.error}${plan.forGood ? ', for good' : ', once'}`;
      if (!wanted(which, named)) continue;
      for (let nth = 1; nth <= MOST; nth++) {
        const { met, wrong } = await attempt(which, ours, world, nth, plan);
        told(which, { met, wrong: wrong && `${which.name}: ${named}, the ${nth}th: ${wrong}` });
        if (!met) break;
      }
    }
  }
}
