// Processes that end in every way with mixed work in flight, and what must be true of each.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { filesBelow, wrongBelow } from './named-bytes';
import { randomFrom } from './random';
import { type Ended, program } from './run';
import { furnish, makeFifos } from './terminations';

interface Kind {
  /** Exit code or signal, as of bare Node. */
  code: Ended['code'];
  /** How the process is told. */
  killedBy?: 'SIGTERM';
  /** Whether Node tells of an error. */
  tells?: boolean;
  flags?: string[];
}

export const kinds: Record<string, Kind> = {
  exit: { code: 7 },
  throw: { code: 1, tells: true },
  rejection: { code: 1, tells: true },
  SIGTERM: { code: 'SIGTERM', killedBy: 'SIGTERM' },
  'SIGTERM handled': { code: 9, killedBy: 'SIGTERM' },
  // Node itself warns of the FileHandles that a worker which ends could not close.
  'exit in a worker': { code: 3, flags: ['--no-warnings'] },
  children: { code: 0 },
  'children and exit': { code: 7 },
  drain: { code: 0 },
};

/** To begin, with a machine that is busy with something else. What is in flight must not be waited for. */
const SOON_MS = 15_000;
const HUNG_MS = 40_000;
const LATEST_SIGNAL_MS = 60;

// From Node 24 on process.exit() joins V8's threads, and one that compiles and finds no memory waits for the main thread to
// collect garbage (nodejs/node#54918): bare Node 24 hung in 3 of 200 of these ends. So nothing is compiled on those threads.
const WITHOUT_NODES_DEADLOCK =
  Number(process.versions.node.split('.')[0]) >= 24
    ? ['--no-concurrent-sparkplug', '--no-concurrent-recompilation']
    : [];

export interface EndsOrder {
  kind: string;
  count: number;
  seed: number;
  /** An empty folder. */
  folder: string;
  /** Taken by turns; the seed of an end says which. */
  lanes: Record<string, string>[];
  atOnce: number;
  onProgress?: (seen: EndsSeen) => void;
}

export interface EndsSeen {
  count: number;
  failures: string[];
  slowestMs: number;
  /** Files looked at. */
  files: number;
}

/** What is on stderr that Node itself does not say when it ends so. */
function noise(stderr: string, tells: boolean): string[] {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  if (!tells) return lines;
  const said = /on purpose|:\d+$|^\s*\^$|^ {4}at |triggerUncaughtException|^Node\.js v/;
  const missing = stderr.includes('Error: on purpose') ? [] : ['Node does not tell of the error'];
  return [...missing, ...lines.filter((line) => !said.test(line))];
}

/** Whether a process of this group is still there, after a while. */
async function leftBehind(group: number | undefined): Promise<boolean> {
  for (let i = 0; group !== undefined && i < 100; i++) {
    try {
      process.kill(-group, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

interface Place {
  folder: string;
  fifos: string;
  read: string;
}

async function oneEnd(
  kind: string,
  seed: number,
  env: Record<string, string>,
  place: Place,
  api: string,
): Promise<{ wrong: string[]; ms: number; files: number }> {
  const { code, killedBy, tells = false, flags = [] } = kinds[kind];
  fs.mkdirSync(place.folder);
  const ended = await program('end', [kind, place.folder, place.fifos, place.read, seed, api], {
    env,
    flags: [...WITHOUT_NODES_DEADLOCK, ...flags],
    detached: true,
    timeoutMs: HUNG_MS,
    killSignal: killedBy,
    killMsAfterOutput: killedBy && randomFrom(seed)() * LATEST_SIGNAL_MS,
  });
  const wrong = noise(ended.stderr, tells);
  if (ended.code !== code) wrong.push(`ended with ${ended.code}, not ${code}`);
  if (ended.ms > SOON_MS) wrong.push(`took ${Math.round(ended.ms)} ms`);
  if (await leftBehind(ended.pid)) wrong.push(`a process of group ${ended.pid} is left`);
  const files = filesBelow(place.folder).length;
  for (const part of ['cut', 'whole']) {
    const folder = path.join(place.folder, part);
    if (fs.existsSync(folder)) wrong.push(...wrongBelow(folder, part === 'whole'));
  }
  if (!ended.stdout.startsWith('begun')) wrong.push('it did not begin');
  fs.rmSync(place.folder, { recursive: true });
  return { wrong, ms: ended.ms, files };
}

/** Never rejects because of what the processes do. */
export async function runEnds(order: EndsOrder): Promise<EndsSeen> {
  const { kind, count, seed, folder, lanes, atOnce, onProgress } = order;
  const pairs = Array.from({ length: atOnce }, (_, i) => path.join(folder, `fifo-${i}`));
  furnish(folder, []);
  makeFifos(pairs.flatMap((fifo) => [`${fifo}-r`, `${fifo}-w`]));
  const read = path.join(folder, 'read');
  const seen: EndsSeen = { count: 0, failures: [], slowestMs: 0, files: 0 };
  const end = async (n: number, fifos: string, api: string): Promise<void> => {
    const env = lanes[(seed + n) % lanes.length];
    const place = { folder: path.join(folder, `end-${n}`), fifos, read };
    const { wrong, ms, files } = await oneEnd(kind, seed + n, env, place, api);
    const which = api === 'node:fs' ? 'bare Node' : JSON.stringify(env);
    if (wrong.length > 0)
      seen.failures.push(`${kind}, seed ${seed + n}, ${which}: ${wrong.slice(0, 10).join('\n  ')}`);
    seen.slowestMs = Math.max(seen.slowestMs, ms);
    seen.files += files;
  };
  // The yardstick: what is expected is what bare Node does.
  await end(0, pairs[0], 'node:fs');
  let next = 0;
  await Promise.all(
    pairs.map(async (fifos) => {
      while (next < count && seen.failures.length < 5) {
        await end(next++, fifos, '@ringfs/fs-compat');
        seen.count += 1;
        onProgress?.(seen);
      }
    }),
  );
  return seen;
}
