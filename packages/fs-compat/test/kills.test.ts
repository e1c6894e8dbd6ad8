// What was acknowledged with a flush survives SIGKILL. RINGFS_KILLS says how many processes are killed (`npm run
// test:kills`: 1,000). The kernel lives on, so this shows that nothing is acknowledged before the kernel has it all; that
// the disk has it too is what fsync is for, and lane-served.test.ts sees that it is called.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { contentOf, lineOf } from './acceptance-support/acknowledged';
import { hasAddon, program, say } from './acceptance-support/run';
import { tempDir } from './support/subject';

const kills = Number(process.env.RINGFS_KILLS ?? 20);
const lanes: Record<string, string>[] = [
  {},
  { RINGFS_LANE: 'ring' },
  { RINGFS_LANE: 'blocking' },
  { RINGFS_BACKEND: 'threads' },
];
const possible = hasAddon ? lanes : [{}];

interface Seen {
  files: number[];
  lines: number;
}

/** What a process that was killed has acknowledged; its last line may be cut. */
function acknowledged(stdout: string): Seen {
  const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1).split('\n');
  const numbers = (kind: string): number[] =>
    whole.filter((line) => line.startsWith(`${kind} `)).map((line) => Number(line.slice(kind.length)));
  return { files: numbers('file'), lines: numbers('line').length };
}

function lost(folder: string, round: number, seen: Seen): string[] {
  const wrong = seen.files.filter((n) => {
    const file = path.join(folder, `${round}-${n}`);
    return !fs.existsSync(file) || !fs.readFileSync(file).equals(contentOf(n));
  });
  const log = path.join(folder, `${round}-log`);
  const text = seen.lines > 0 ? fs.readFileSync(log, 'utf8') : '';
  const right = Array.from({ length: seen.lines }, (_, n) => lineOf(n)).join('');
  return [...wrong.map((n) => `file ${n}`), ...(text.startsWith(right) ? [] : ['the log'])];
}

test(
  `of ${kills} processes that were killed while they wrote, no acknowledged byte is lost`,
  async () => {
    let files = 0;
    let lines = 0;
    for (let round = 0; round < kills; round++) {
      const folder = tempDir();
      const env = possible[round % possible.length];
      const killMsAfterOutput = Math.random() * 100;
      const ended = await program('acknowledge', [folder, round], { env, killMsAfterOutput });
      expect([ended.code, ended.stderr]).toEqual(['SIGKILL', '']);
      const seen = acknowledged(ended.stdout);
      expect([env, round, lost(folder, round, seen)]).toEqual([env, round, []]);
      files += seen.files.length;
      lines += seen.lines;
      fs.rmSync(folder, { recursive: true });
    }
    say(`${kills} kills: ${files} files and ${lines} lines acknowledged`);
    // Otherwise nothing has been shown.
    expect(files).toBeGreaterThan(kills);
  },
  30_000 + kills * 2000,
);
