// Speed is not taken from others: timers and sockets keep their share of the event loop while files are read.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { backendHere, hasAddon, median, program, report, say } from './acceptance-support/run';
import { pattern, tempDir } from './support/subject';

const ROUNDS = 3;
const MS = 1500;

interface Beats {
  /** All per second. */
  beats: number;
  reads: number;
  answers: number;
  /** ms */
  slowestAnswer: number;
}

const here = hasAddon ? backendHere() : 'node';
const title = here === 'node' ? ' (skipped: needs the addon)' : ` (backend ${here})`;

(here === 'node' ? describe.skip : describe).each([
  ['loop', 'for (;;) await readFile(cached)'],
  ['burst', '10,000 readFile calls in one tick, again and again'],
])(`while %s runs: %s${title}`, (mode) => {
  it('a 1 ms interval keeps 80 % of the beats it has with node:fs/promises, and an HTTP server answers', async () => {
    const folder = tempDir();
    for (let i = 0; i < 100; i++) fs.writeFileSync(path.join(folder, `${i}`), pattern(4096, i + 1));
    const seen: Record<string, Beats[]> = { node: [], ringfs: [] };
    for (let round = 0; round < ROUNDS; round++) {
      // In turn, and each first once: what else this machine does falls on both.
      const order = round % 2 === 0 ? ['node', 'ringfs'] : ['ringfs', 'node'];
      for (const api of order) seen[api].push(report<Beats>(await program('beats', [api, mode, folder, MS])));
    }
    // A machine that stands still for a moment only ever takes beats away: the best round of each tells.
    const best = (api: string): number => Math.max(...seen[api].map((round) => round.beats));
    for (const api of ['node', 'ringfs']) {
      const all = (what: keyof Beats): string => seen[api].map((round) => round[what].toFixed(0)).join(', ');
      say(
        `${mode}, ${api}: ${all('beats')} beats/s; ${all('reads')} reads/s; ${all('answers')} answers/s, ` +
          `slowest ${all('slowestAnswer')} ms`,
      );
    }
    expect(best('ringfs')).toBeGreaterThanOrEqual(0.8 * best('node'));
    expect(median(seen.ringfs.map((round) => round.answers))).toBeGreaterThan(5);
    for (const round of seen.ringfs) expect(round.slowestAnswer).toBeLessThan(1000);
  }, 60_000);
});
