// Large results take their memory from what was freed: pages are not given to the kernel and asked for again.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { hasAddon, program, report, say } from './acceptance-support/run';
import { pattern, tempDir } from './support/subject';

const mebibyte = 1024 * 1024;
const header = (process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }).header;
const applies = hasAddon && header.glibcVersionRuntime !== undefined;

(applies ? it : it.skip)(
  `files of 1 MiB read again and again cost fewer than 40 page faults each, of 256 pages${applies ? '' : ' (skipped: needs the addon, and glibc)'}`,
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
