// The memory of large results: pages that were freed are used again, and huge ones only where many are used.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { hasAddon, program, report, say } from './acceptance-support/run';
import { triesFiles } from './support/filesystem';
import { pattern, tempDir } from './support/subject';

const mebibyte = 1024 * 1024;
const header = (process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }).header;
const applies = hasAddon && header.glibcVersionRuntime !== undefined && triesFiles;

(applies ? it : it.skip)(
  `files of 1 MiB read again and again cost fewer than 40 page faults each, of 256 pages${applies ? '' : ' (skipped: needs the addon, glibc, and ext, xfs, btrfs or tmpfs)'}`,
  async () => {
    const file = path.join(tempDir(), 'large');
    fs.writeFileSync(file, pattern(mebibyte, 1));
    const { faultsEach } = report<{ faultsEach: number }>(
      await program('read-and-free', [file, 100], { flags: ['--expose-gc'] }),
    );
    say(`${faultsEach.toFixed(1)} page faults a read`);
    expect(faultsEach).toBeLessThan(40);
  },
  60_000,
);

const mayBeHuge = hasAddon && triesFiles && fs.existsSync('/sys/kernel/mm/transparent_hugepage');
const large = 32 * mebibyte;
/** kHugePagesFrom of limits.h, in reads. */
const before = (512 * mebibyte) / large;

(mayBeHuge ? it : it.skip)(
  `huge pages are asked for once 512 MiB of results of 32 MiB and more have been read, not sooner${mayBeHuge ? '' : ' (skipped: needs the addon, ext, xfs, btrfs or tmpfs, and a kernel that has them)'}`,
  async () => {
    const file = path.join(tempDir(), 'larger');
    fs.writeFileSync(file, pattern(large, 1));
    const reads = async (more: number) => report(await program('read-large', [file, more]));
    expect(await reads(before - 1)).toEqual({ atFirst: false, later: false, bytes: 2 * large });
    expect(await reads(before)).toEqual({ atFirst: false, later: true, bytes: 2 * large });
  },
  60_000,
);
