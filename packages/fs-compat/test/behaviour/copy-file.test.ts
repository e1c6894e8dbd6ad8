// copyFile: content, mode, owner and times of the copy, the modes of copying, and what is left when it fails.
import * as fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import {
  type FsPromises,
  fsp,
  pattern,
  sameError,
  sameOutcome,
  sameValue,
  shell,
  sleep,
  tempDir,
  testBeyondNode,
  untyped,
} from '../support/subject';
import { odd, zoo } from '../support/zoo';

const { COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = fs.constants;
const root = process.getuid?.() === 0;
const sizes = [0, 1, 4095, 4096, 65_536, 65_537, 1 << 20, (9 << 20) + 1];

/** The copy's bytes are compared by the suite; this adds what a tree does not show. */
const copied = (from: string, to: string, mode?: unknown) => async (api: FsPromises, dir: string) => {
  const result = await untyped(api).copyFile(`${dir}/${from}`, `${dir}/${to}`, mode);
  const stats = fs.statSync(`${dir}/${to}`);
  return [result, stats.mode, stats.uid, stats.gid];
};

describe('content', () => {
  const copiesOfAll = async (size: number) => {
    const prepare = (dir: string) => {
      fs.writeFileSync(`${dir}/from`, pattern(size));
      fs.writeFileSync(`${dir}/longer`, pattern(size + 5000, 2));
    };
    for (const mode of [undefined, COPYFILE_EXCL, COPYFILE_FICLONE])
      await sameValue(copied('from', 'new', mode), prepare);
    await sameValue(copied('from', 'longer'), prepare);
    await sameValue(copied('from', 'longer', COPYFILE_FICLONE), prepare);
  };
  test.each(sizes)('a copy of %i bytes', copiesOfAll, 30_000);

  test('a sparse file of more than 4 GiB', async () => {
    const dir = tempDir();
    const fd = fs.openSync(`${dir}/from`, 'w');
    fs.writeSync(fd, 'end', 2 ** 32 + 7);
    fs.closeSync(fd);
    // Between filesystems that share or skip holes this is quick; elsewhere 4 GiB of zeros would be written.
    const { type } = fs.statfsSync(dir);
    if (type !== 0x9123683e && type !== 0x58465342) return;
    await fsp.copyFile(`${dir}/from`, `${dir}/to`);
    expect(fs.statSync(`${dir}/to`).size).toBe(2 ** 32 + 10);
  });

  test('from and to another filesystem', async () => {
    const here = fs.statSync(tempDir()).dev;
    if (!fs.existsSync('/dev/shm') || fs.statSync('/dev/shm').dev === here) return;
    const there = fs.mkdtempSync('/dev/shm/ringfs-copy-');
    try {
      const prepare = (dir: string) => fs.writeFileSync(`${dir}/file`, pattern(300_000));
      const call = async (api: FsPromises, dir: string) => {
        await api.copyFile(`${dir}/file`, `${there}/file`);
        await api.copyFile(`${there}/file`, `${dir}/back`);
        fs.rmSync(`${there}/file`);
      };
      await sameValue(call, prepare);
    } finally {
      fs.rmSync(there, { recursive: true });
    }
  });

  test.each(['/proc/self/status', '/proc/version', '/dev/null'])(
    'a copy of %s, which says it has 0 bytes, is empty',
    async (file) => {
      const dir = tempDir();
      await fsp.copyFile(file, `${dir}/copy`);
      expect(fs.readFileSync(`${dir}/copy`, 'utf8')).toBe('');
    },
  );

  // Node never comes to the end of these.
  testBeyondNode('a copy of a file that says it has more than it has is all it has', async () => {
    const file = '/sys/kernel/mm/transparent_hugepage/enabled';
    if (!fs.existsSync(file)) return;
    const dir = tempDir();
    await fsp.copyFile(file, `${dir}/copy`);
    expect(fs.readFileSync(`${dir}/copy`, 'utf8')).toBe(fs.readFileSync(file, 'utf8'));
  });

  test('100 copies at once', async () => {
    const dir = tempDir();
    for (let i = 0; i < 100; i++) fs.writeFileSync(`${dir}/${i}`, pattern(1000 + i, i));
    await Promise.all(Array.from({ length: 100 }, (_, i) => fsp.copyFile(`${dir}/${i}`, `${dir}/copy-${i}`)));
    for (let i = 0; i < 100; i++)
      expect(fs.readFileSync(`${dir}/copy-${i}`).equals(pattern(1000 + i, i))).toBe(true);
  });
});

describe('mode, owner and times', () => {
  test.each([0o600, 0o444, 0o777, 0o000, 0o6711])('a source of the mode %i', async (mode) => {
    const before = process.umask(0o027);
    try {
      const prepare = (dir: string) => {
        fs.writeFileSync(`${dir}/from`, 'x');
        fs.chmodSync(`${dir}/from`, mode);
        fs.writeFileSync(`${dir}/there`, 'y', { mode: 0o666 });
      };
      await sameOutcome(copied('from', 'new'), prepare);
      await sameOutcome(copied('from', 'there'), prepare);
    } finally {
      process.umask(before);
    }
  });

  (root ? test : test.skip)('the owner is the running Node’s choice', async () => {
    const prepare = (dir: string) => {
      fs.writeFileSync(`${dir}/from`, 'x');
      fs.chownSync(`${dir}/from`, 1000, 1001);
      fs.writeFileSync(`${dir}/there`, 'y');
      fs.chownSync(`${dir}/there`, 7, 8);
    };
    await sameValue(copied('from', 'new'), prepare);
    await sameValue(copied('from', 'there'), prepare);
  });

  test('so are the times of a copy of nothing', async () => {
    const call = async (api: FsPromises, dir: string) => {
      await api.copyFile(`${dir}/from`, `${dir}/to`);
      const { atimeNs, mtimeNs } = fs.statSync(`${dir}/to`, { bigint: true });
      return [atimeNs === 5_000_000_000n, mtimeNs === 7_500_000_000n];
    };
    await sameValue(call, (dir) => {
      fs.writeFileSync(`${dir}/from`, '');
      fs.utimesSync(`${dir}/from`, 5, 7.5);
    });
  });
});

describe('from and to', () => {
  test.each([
    ['file', 'new'],
    ['file', 'empty'],
    ['file', 'folder/new'],
    ['file', 'folder-link/inside'],
    ['link', 'new'],
    ['file', 'dangling'],
    ['empty', 'file'],
    ['odd-mode', 'file'],
  ])('copyFile of %s to %s', async (from, to) => {
    await sameValue(copied(from, to), zoo);
    await sameOutcome(copied(from, to, COPYFILE_EXCL), zoo);
  });

  test.each([
    ['file', 'file'],
    ['file', 'link'],
    ['link', 'file'],
    ['file', 'hard-link'],
    ['hard-link', 'link'],
    ['file', 'folder/../file'],
  ])('copyFile of %s to %s, which is the same file, changes nothing', async (from, to) => {
    await sameValue(copied(from, to), zoo);
    await sameError('EEXIST', copied(from, to, COPYFILE_EXCL), zoo);
  });

  test.each([
    ['missing', 'new', 'ENOENT'],
    ['dangling', 'new', 'ENOENT'],
    ['file', 'no/such', 'ENOENT'],
    ['file/below', 'new', 'ENOTDIR'],
    ['file', 'file/below', 'ENOTDIR'],
    ['loop', 'new', 'ELOOP'],
    ['file', 'loop', 'ELOOP'],
    ['file', 'folder', 'EISDIR'],
    ['file', 'new/', 'EISDIR'],
    ['file', 'n'.repeat(256), 'ENAMETOOLONG'],
    ['n/'.repeat(35_000), 'new', 'ENAMETOOLONG'],
    ['file', 'n/'.repeat(35_000), 'ENAMETOOLONG'],
    ['missing', 'n/'.repeat(35_000), 'ENOENT'], // the source is opened first
  ])('copyFile of %p to %p rejects with %s, naming path and dest', async (from, to, code) => {
    const error = await sameError(code, (api, dir) => api.copyFile(`${dir}/${from}`, `${dir}/${to}`), zoo);
    expect(error.syscall).toBe('copyfile');
    expect([error.path?.endsWith(from), error.dest?.endsWith(to)]).toEqual([true, true]);
  });

  test('a copy that fails after it was begun is removed, as in Node: of a folder, and of what cannot be shared', async () => {
    for (const to of ['new', 'empty', 'dangling']) {
      await sameOutcome((api, dir) => api.copyFile(`${dir}/folder`, `${dir}/${to}`), zoo);
      await sameOutcome(
        (api, dir) => api.copyFile(`${dir}/file`, `${dir}/${to}`, COPYFILE_FICLONE_FORCE),
        zoo,
      );
    }
  });

  test('copyFile takes Buffers, URLs and Buffers that are not UTF-8', async () => {
    await sameValue((api, dir) => api.copyFile(Buffer.from(`${dir}/file`), pathToFileURL(`${dir}/new`)), zoo);
    await sameValue((api, dir) => api.copyFile(`${dir}/file`, odd(dir)), zoo);
    await sameError('ENOENT', (api, dir) => api.copyFile(odd(dir), odd(dir, 0xfe)), zoo);
  });

  test.each([[undefined, 'x'], ['x', undefined], [5, 6], ['x', 'a\0b'], ['a\0b', 'x'], []])(
    'copyFile with the wrong paths %j, %j names the argument as Node does',
    async (...args) => {
      await sameOutcome((api) => untyped(api).copyFile(...args));
    },
  );

  test.each([
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    -1,
    1.5,
    '1',
    null,
    undefined,
    Number.NaN,
    true,
    {},
    1n,
    2 ** 31,
    2 ** 32,
  ])('copyFile with the mode %p does what the running Node does', async (mode) => {
    await sameOutcome((api, dir) => untyped(api).copyFile(`${dir}/file`, `${dir}/new`, mode), zoo);
    await sameOutcome((api, dir) => untyped(api).copyFile(`${dir}/file`, `${dir}/empty`, mode), zoo);
    await sameOutcome((api) => untyped(api).copyFile(5, 6, mode));
  });

  test('a FIFO is waited for, and has nothing to copy', async () => {
    const dir = tempDir();
    zoo(dir);
    const copy = fsp.copyFile(`${dir}/fifo`, `${dir}/new`);
    await sleep(30);
    expect(fs.existsSync(`${dir}/new`)).toBe(false);
    await shell('exec 3<>"$1"; sleep 0.3', `${dir}/fifo`).done;
    await copy;
    expect(fs.statSync(`${dir}/new`).size).toBe(0);
  });

  testBeyondNode('ten copies of FIFOs that nobody writes to hold nobody up', async () => {
    const dir = tempDir();
    zoo(dir);
    const waiting = Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => fsp.copyFile(`${dir}/fifo`, `${dir}/new-${i}`)),
    );
    await fsp.copyFile(`${dir}/file`, `${dir}/quick`);
    const { done } = shell('exec 3<>"$1"; sleep 0.5', `${dir}/fifo`);
    expect((await waiting).every(({ status }) => status === 'fulfilled')).toBe(true);
    await done;
  });
});
