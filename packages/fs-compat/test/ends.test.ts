// A process may end in any way, at any moment, with any work in flight. A sample: `npm run test:ends` has hundreds of each
// kind on each Node, and workers.test.ts the ends of worker threads.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type EndsSeen, kinds, runEnds } from './acceptance-support/ends';
import { lanesHere } from './acceptance-support/lanes';
import { bytesOf, versions, wrongWith } from './acceptance-support/named-bytes';
import { say } from './acceptance-support/run';
import { memoryFault } from './acceptance-support/terminations';
import { tempDir } from './support/subject';

const EACH = 2;
/** Other ones each day, and whichever are asked for. */
const SEED = Number(process.env.RINGFS_SEED ?? Math.floor(Date.now() / 86_400_000));

jest.setTimeout(60_000);

test.each(Object.keys(kinds).map((kind, at) => [kind, at] as const))(
  'a process with mixed work in flight ends as bare Node does and leaves nothing behind: %s',
  async (kind, at) => {
    // All lanes come by turns, over the kinds and the days.
    const seed = SEED * 1002 + at * EACH;
    const seen: EndsSeen = await runEnds({
      kind,
      count: EACH,
      seed,
      folder: tempDir(),
      lanes: lanesHere(),
      atOnce: 2,
    });
    say(`${kind}, seed ${seed}: slowest ${Math.round(seen.slowestMs)} ms, ${seen.files} files looked at`);
    expect(seen.failures).toEqual([]);
    expect(seen.count).toBe(EACH);
  },
);

test('a byte that nobody wrote is told', () => {
  const folder = tempDir();
  const write = (name: string, bytes: Buffer): string => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, bytes);
    return file;
  };
  const begun = write('fresh-1', bytesOf('fresh-1').subarray(0, 10));
  expect([wrongWith(begun, false), wrongWith(begun, true)]).toEqual([
    '',
    expect.stringContaining('10 bytes'),
  ]);
  const foreign = Buffer.from(bytesOf('fresh-2'));
  foreign[foreign.length - 1] ^= 1;
  expect(wrongWith(write('fresh-2', foreign), false)).toContain('nobody wrote there');
  const hole = Buffer.from(bytesOf('holes-1'));
  hole[0] = 0;
  expect(wrongWith(write('holes-1', hole), false)).toBe('');
  expect(wrongWith(write('fresh-3', Buffer.alloc(1)), false)).toContain('nobody wrote there');
  expect(wrongWith(write('whole-1', bytesOf('whole-1').subarray(1)), false)).toContain('not its content');
  const mixed = Buffer.concat([versions('over-0')[0].subarray(0, 1), versions('over-0')[1].subarray(1)]);
  expect(wrongWith(write('over-0', mixed), false)).toBe('');
});

test('memory that each worker keeps is told, and what goes up and down is not', () => {
  const rss = (atWorker: (worker: number) => number): number[] =>
    Array.from({ length: 250 }, (_, worker) => Math.round(atWorker(worker) * (1 << 20)));
  expect(memoryFault(rss((worker) => 100 + worker * 0.6))).toEqual([
    expect.stringMatching(/^memory grew from \d+ to \d+ MiB in the last half of 250 workers$/),
  ]);
  expect(memoryFault(rss((worker) => Math.min(250, 50 + 4 * worker) + 40 * Math.sin(worker)))).toEqual([]);
  // Too few to tell.
  expect(memoryFault(rss((worker) => 100 + worker * 10).slice(0, 90))).toEqual([]);
});
