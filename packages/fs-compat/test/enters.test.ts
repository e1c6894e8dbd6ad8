// Many files cost few kernel calls: 4,000 cold files read in one tick, every io_uring_enter of the process counted.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  backendHere,
  compile,
  dropCaches,
  type Ended,
  hasTool,
  isRoot,
  program,
  report,
  say,
} from './acceptance-support/run';
import { pattern, tempDir } from './support/subject';

const FILES = 4000;
/** The probe of the kernel enters a ring of its own, once a process, before there is a runtime that counts. */
const PROBE_ENTERS = 1;

interface Cost {
  enters: number;
  sqes: number;
  ringOps: number;
  cachedHits: number;
  blockingOps: number;
  staleCqes: number;
  ms: number;
  files: number;
  sha1: string;
}

/** Counts the io_uring_enter calls of a whole process from outside. */
interface Counter {
  name: string;
  works: () => boolean;
  by: (output: string) => string[];
  count: (output: string) => number;
}

const calls = (output: string, start: RegExp): number =>
  fs
    .readFileSync(output, 'utf8')
    .split('\n')
    .filter((line) => start.test(line)).length;

const strace: Counter = {
  name: 'strace',
  // It may be there and not be allowed to trace.
  works: () => hasTool('strace', '-f', '-e', 'trace=io_uring_enter', '-o', '/dev/null', 'true'),
  by: (output) => ['strace', '-f', '-e', 'trace=io_uring_enter', '-o', output],
  // A call that was interrupted by another thread's is written as two lines; only the first has the arguments.
  count: (output) => calls(output, /^\d+ +io_uring_enter\(/),
};

const perf: Counter = {
  name: 'perf',
  works: () => hasTool('perf', 'stat', '-e', 'syscalls:sys_enter_io_uring_enter', 'true'),
  by: (output) => ['perf', 'stat', '-x,', '-o', output, '-e', 'syscalls:sys_enter_io_uring_enter'],
  count: (output) => Number(/^(\d+),/m.exec(fs.readFileSync(output, 'utf8'))?.[1]),
};

const linux = process.platform === 'linux';
const possible = linux && backendHere() === 'io_uring';
const counters = possible ? [strace, perf].filter((counter) => counter.works()) : [];

/** How the files become cold. */
const ways: { name: string; possible: boolean; cool: (dir: string) => void }[] = [
  { name: 'caches dropped as root', possible: isRoot, cool: () => dropCaches() },
  {
    name: 'pages dropped file by file',
    possible: hasTool('cc', '--version'),
    cool: (dir) => {
      const files = fs.readdirSync(dir).map((name) => path.join(dir, name));
      execFileSync(evict, files);
    },
  },
];

let evict = '';
let folder = '';
let sha1 = '';

beforeAll(() => {
  if (!possible) return;
  if (ways[1].possible) evict = compile('evict', tempDir());
  folder = tempDir();
  for (let i = 0; i < FILES; i++)
    fs.writeFileSync(path.join(folder, `${i}`), pattern((i * 37) % 12_000, i + 1));
  const hash = createHash('sha1');
  for (const name of fs.readdirSync(folder)) hash.update(fs.readFileSync(path.join(folder, name)));
  sha1 = hash.digest('hex');
  execFileSync('sync');
}, 60_000);

/** A disk that takes longer for the files has enters end by time; so does a process that is traced. */
const USUAL_MS = 500;

function expectFew(ended: Ended, enters: (cost: Cost) => number): Cost {
  const cost = report<Cost>(ended);
  expect({ files: cost.files, sha1: cost.sha1 }).toEqual({ files: FILES, sha1 });
  expect(enters(cost)).toBeLessThanOrEqual(FILES / 8 + Math.max(0, cost.ms - USUAL_MS));
  expect(cost.sqes).toBeGreaterThanOrEqual(2 * FILES);
  expect(cost.staleCqes).toBe(0);
  return cost;
}

const tell = (cost: Cost, enters: string): void =>
  say(
    `${enters}; ${(cost.sqes / FILES).toFixed(2)} sqes a file, ${cost.ringOps} files on the ring, ` +
      `${cost.cachedHits} cached, ${cost.blockingOps} blocking, ${cost.ms.toFixed(0)} ms`,
  );

describe.each(ways)('4,000 readFile calls in one tick, cold ($name)', ({ name, possible: canCool, cool }) => {
  const when = possible && canCool ? it : it.skip;
  const skipped = possible
    ? canCool
      ? ''
      : ` (skipped: ${name} is not possible here)`
    : ' (skipped: no io_uring)';
  const limits = 'at most 1 enter per 8 files, at least 2 sqes a file, fewer than 5 % of files blocking';

  when(
    `${limits}; counted by the engine${skipped}`,
    async () => {
      cool(folder);
      const cost = expectFew(await program('read-at-once', [folder]), (seen) => seen.enters);
      expect(cost.enters).toBeGreaterThan(0);
      // Of the program at its own pace: while it is held up by a tracer, read-ahead overtakes it, and what is in the
      // page cache by then is shared with the pool.
      expect(cost.blockingOps).toBeLessThan(0.05 * FILES);
      tell(cost, `engine: ${cost.enters} enters`);
    },
    60_000,
  );

  if (counters.length === 0)
    it.skip(`the same, counted from outside (skipped: neither strace nor perf)`, () => {});
  for (const counter of counters) {
    when(
      `the same, every enter of the process counted by ${counter.name}, which agrees with the engine${skipped}`,
      async () => {
        const output = path.join(tempDir(), counter.name);
        cool(folder);
        const ended = await program('read-at-once', [folder], { by: counter.by(output) });
        const counted = counter.count(output);
        const cost = expectFew(ended, () => counted);
        tell(cost, `${counter.name}: ${counted} enters, engine: ${cost.enters}`);
        expect(counted).toBe(cost.enters + PROBE_ENTERS);
      },
      60_000,
    );
  }
});
