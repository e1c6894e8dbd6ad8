// What a whole-file write promises about the bytes that were there before. The default cuts a longer file to the new
// length first and then overwrites; a flag, or RINGFS_WRITE_ORDER=strict, empties the file first, as Node does.
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  backendHere,
  hasAddon,
  hasTool,
  isRoot,
  program,
  report,
  run,
  say,
  script,
} from './acceptance-support/run';
import { tempDir } from './support/subject';

jest.setTimeout(60_000);

const here = hasAddon ? backendHere() : 'node';
const lanes: [string, Record<string, string>, boolean][] = [
  ['auto', {}, here !== 'node'],
  ['ring', { RINGFS_LANE: 'ring' }, here === 'io_uring'],
  ['blocking', { RINGFS_LANE: 'blocking' }, here !== 'node'],
];
const strict = { RINGFS_WRITE_ORDER: 'strict' };
const TIMES = 1500;

interface Seen {
  sizes: number[];
  looks: number;
  wrong: number;
}

const ownMounts =
  isRoot && hasTool('unshare', '-m', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', '/mnt');
const fullDisk = ownMounts ? '' : ' (skipped: needs root and mount namespaces)';

describe.each(lanes)('lane %s', (lane, env, possible) => {
  const when = possible ? it : it.skip;

  when('a shorter write over a longer file leaves no stale tail, whatever the lengths', async () => {
    const file = path.join(tempDir(), 'file');
    const source = `
      const fs = require('node:fs');
      const { writeFile } = require('@ringfs/fs-compat/promises');
      const file = ${JSON.stringify(file)};
      const lengths = [0, 1, 4095, 4096, 4097, 65536, 1048575, 1048576, 1048577, 3000000];
      (async () => {
        const wrong = [];
        for (const before of lengths) for (const after of lengths) for (const flush of [false, true]) {
          if (flush && after > 100000) continue;
          fs.writeFileSync(file, Buffer.alloc(before, 'o'));
          const data = Buffer.alloc(after, 'n');
          await writeFile(file, data, { flush });
          if (!fs.readFileSync(file).equals(data)) wrong.push([before, after, flush]);
        }
        console.log(JSON.stringify(wrong));
      })();`;
    expect(report(await script(source, { env }))).toEqual([]);
  });

  when('the default never empties a file that it overwrites by as many bytes', async () => {
    const file = path.join(tempDir(), 'file');
    const seen = report<Seen>(await program('overwrite', [file, 'default', TIMES], { env }));
    say(`${lane}: ${seen.looks} looks during ${TIMES} writes saw the sizes ${seen.sizes.join(', ')}`);
    expect(seen).toMatchObject({ sizes: [20_000], wrong: 0 });
    expect(seen.looks).toBeGreaterThan(TIMES);
  });

  when.each([
    ["an explicit flag 'w'", 'w', {}],
    ['RINGFS_WRITE_ORDER=strict', 'default', strict],
  ])('%s empties the file first', async (_, how, order) => {
    const file = path.join(tempDir(), 'file');
    const seen = report<Seen>(await program('overwrite', [file, how, TIMES], { env: { ...env, ...order } }));
    expect(seen.sizes).toContain(0);
    expect(seen.wrong).toBe(0);
  });

  when('after an abort no old byte stands behind the new ones', async () => {
    const file = path.join(tempDir(), 'file');
    const kinds = report<Record<string, number>>(await program('abort-writes', [file, 36], { env }));
    say(`${lane}: ${JSON.stringify(kinds)}`);
    const allowed = ['untouched', 'whole', 'cut'];
    expect(Object.keys(kinds).filter((kind) => !allowed.includes(kind))).toEqual([]);
  });

  (possible && ownMounts ? it : it.skip)(
    `on a full disk a write ends as Node's, errors and files alike${fullDisk}`,
    async () => {
      const mount = path.join(tempDir(), 'small');
      fs.mkdirSync(mount);
      const by = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o size=64k none "$0" && exec "$@"', mount];
      const node = report(await program('full-disk', ['node', mount], { by, env }));
      const ringfs = report(await program('full-disk', ['ringfs', mount], { by, env }));
      expect(ringfs).toEqual(node);
      expect(JSON.stringify(node)).toContain('ENOSPC');
    },
  );
});

(isRoot && hasTool('strace', 'true') ? it : it.skip)(
  'no O_TRUNC is asked of the kernel by default',
  async () => {
    const folder = tempDir();
    const file = path.join(folder, 'file');
    const trace = path.join(folder, 'trace');
    const flagsOf = async (how: string): Promise<string[]> => {
      fs.writeFileSync(file, 'older and longer');
      const source = `require('@ringfs/fs-compat/promises').writeFile(${JSON.stringify(file)}, 'new'${how});`;
      const by = ['strace', '-f', '-e', 'trace=openat,openat2', '-o', trace];
      const env = { RINGFS_LANE: 'blocking' };
      expect((await run([process.execPath, '-e', source], { by, env })).code).toBe(0);
      expect(fs.readFileSync(file, 'utf8')).toBe('new');
      const lines = fs.readFileSync(trace, 'utf8').split('\n');
      return lines
        .filter((line) => line.includes(`"${file}"`))
        .map((line) => /O_[A-Z|_]*/.exec(line)?.[0] ?? '');
    };
    const plain = await flagsOf('');
    expect(plain).toHaveLength(1);
    expect(plain[0]).toContain('O_WRONLY|O_CREAT');
    expect(plain[0]).not.toContain('O_TRUNC');
    expect((await flagsOf(", { flag: 'w' }")).join()).toContain('O_TRUNC');
  },
);
