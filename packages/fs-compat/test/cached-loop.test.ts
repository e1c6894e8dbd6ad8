// A cached file costs no thread hop: 1,000 awaited reads in a loop hardly ever let go of the processor.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { backendHere, hasAddon, median, program, report, say } from './acceptance-support/run';
import { triesFiles } from './support/filesystem';
import { pattern, tempDir } from './support/subject';

const READS = 1000;
const SIZE = 4096;
const ROUNDS = 3;

interface Cost {
  bytes: number;
  ms: number;
  switches: number;
  cachedHits: number;
  blockingOps: number;
  ringOps: number;
}

function cachedFiles(): string {
  const dir = tempDir();
  for (let i = 0; i < 100; i++) fs.writeFileSync(path.join(dir, String(i)), pattern(SIZE, i + 1));
  return dir;
}

const here = hasAddon ? backendHere() : 'node';
const possible = here !== 'node' && triesFiles;
const title = possible ? ` (backend ${here})` : ' (skipped: needs the addon, and ext, xfs, btrfs or tmpfs)';

(possible ? describe : describe.skip)(`1,000 awaited readFile of cached 4 KiB files${title}`, () => {
  let folder = '';
  beforeAll(() => {
    folder = cachedFiles();
  });

  const costs = async (api: string): Promise<Cost[]> => {
    const seen: Cost[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      seen.push(report<Cost>(await program('cached-loop', [api, folder, READS])));
    }
    return seen;
  };

  it('at least 99 % are cached hits, and voluntary context switches grow by fewer than 100', async () => {
    const ringfs = await costs('ringfs');
    const switches = median(ringfs.map((cost) => cost.switches));
    for (const [name, rounds] of [
      ['ringfs', ringfs],
      ['readFileSync', await costs('readFileSync')],
      ['node:fs/promises', await costs('node')],
    ] as const) {
      const numbers = rounds.map((cost) => `${cost.switches} switches, ${cost.ms.toFixed(0)} ms`).join('; ');
      say(`${name}: ${numbers}`);
    }
    for (const { bytes, cachedHits } of ringfs) {
      expect(bytes).toBe(READS * SIZE);
      expect(cachedHits).toBeGreaterThanOrEqual(0.99 * READS);
    }
    expect(switches).toBeLessThan(100);
  }, 60_000);
});
