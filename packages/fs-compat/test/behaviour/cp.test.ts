// cp: what comes to be where, in which order it is asked for, and how it fails. All as the running Node has it.
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { sameCallback } from '../support/callbacks';
import {
  type FsPromises,
  fsp,
  mkfifo,
  pattern,
  sameError,
  sameOutcome,
  sameValue,
  tempDir,
  untyped,
} from '../support/subject';

jest.setTimeout(60_000); // also where the machine is busy

const odd = (dir: string) => Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0x41])]);

function zoo(dir: string): void {
  fs.mkdirSync(`${dir}/tree/sub/deep`, { recursive: true });
  fs.mkdirSync(`${dir}/tree/empty`);
  for (const file of ['file', 'tree/one', 'tree/sub/two', 'tree/sub/deep/three', 'tree/.hidden', 'ümläut'])
    fs.writeFileSync(`${dir}/${file}`, `content of ${file}`);
  fs.writeFileSync(`${dir}/tree/large`, pattern(300_000));
  fs.writeFileSync(`${dir}/tree/sub/nothing`, '');
  fs.mkdirSync(`${dir}/kept`);
  fs.writeFileSync(`${dir}/kept/precious`, 'x');
  fs.symlinkSync('../../kept', `${dir}/tree/sub/to-kept`);
  fs.symlinkSync('one', `${dir}/tree/to-one`);
  fs.symlinkSync('nowhere', `${dir}/tree/sub/to-nothing`);
  fs.symlinkSync('kept', `${dir}/link`);
  fs.symlinkSync('gone', `${dir}/dangling`);
  fs.chmodSync(`${dir}/tree/one`, 0o4751);
  fs.chmodSync(`${dir}/tree/sub/two`, 0o400);
  fs.chmodSync(`${dir}/tree/sub/deep`, 0o750);
  fs.chmodSync(`${dir}/tree/empty`, 0o2705);
  fs.utimesSync(`${dir}/tree/one`, 1000.5, 2000.25);
  fs.utimesSync(`${dir}/tree/sub`, 3000, 4000);
  fs.utimesSync(`${dir}/file`, 5000, 6000.75);
}

/** Another tree that has some of the names of the first. */
function merged(dir: string): void {
  zoo(dir);
  fs.mkdirSync(`${dir}/other/sub`, { recursive: true });
  fs.mkdirSync(`${dir}/other/more`);
  for (const file of ['other/one', 'other/sub/two', 'other/sub/four', 'other/more/five'])
    fs.writeFileSync(`${dir}/${file}`, 'there before');
  fs.chmodSync(`${dir}/other/sub`, 0o711);
}

const optionSets: object[] = [
  {},
  { recursive: true },
  { recursive: true, dereference: true },
  { recursive: true, force: false, errorOnExist: true },
];
const moreOptionSets: object[] = [
  { recursive: true, preserveTimestamps: true },
  { recursive: true, verbatimSymlinks: true },
  { recursive: true, force: false },
  { recursive: true, errorOnExist: true },
  { recursive: true, mode: fs.constants.COPYFILE_EXCL },
  { recursive: true, mode: fs.constants.COPYFILE_FICLONE },
  { recursive: true, mode: fs.constants.COPYFILE_FICLONE_FORCE },
];

/** With `dereference` a broken link is only in the way, and a copy into what a link of the tree shows has no end. */
const whole = (options: object, prepare: (dir: string) => void) => (dir: string) => {
  prepare(dir);
  if (!('dereference' in options)) return;
  fs.unlinkSync(`${dir}/tree/sub/to-nothing`);
  fs.unlinkSync(`${dir}/tree/sub/to-kept`);
  fs.mkdirSync(`${dir}/aside`);
  fs.writeFileSync(`${dir}/aside/shown`, 'x');
  fs.symlinkSync('../../aside', `${dir}/tree/sub/to-aside`);
};

const pairs: [string, string][] = [
  ['file', 'new'],
  ['file', 'link'],
  ['file', 'dangling'],
  ['file', 'kept/precious'],
  ['file', 'kept'],
  ['file', 'file'],
  ['file', './file'],
  ['file', 'no/such/folder/new'],
  ['file', 'kept/precious/new'],
  ['file', 'new/'],
  ['file', 'n'.repeat(256)],
  ['file', 'link/new'],
  ['file/', 'new'],
  ['file/below', 'new'],
  ['missing', 'new'],
  ['missing', 'missing'],
  ['tree', 'new'],
  ['tree', 'new/'],
  ['tree/', 'new'],
  ['tree/.', 'new'],
  ['tree/sub/..', 'new'],
  ['tree//', 'no/such/folder/new'],
  ['tree', 'kept'],
  ['tree', 'file'],
  ['tree', 'link'],
  ['tree', 'link/new'],
  ['tree', 'tree'],
  ['tree', 'tree/new'],
  ['tree', 'tree/sub/new'],
  ['tree', 'tree/sub/../../new'],
  ['tree/sub', 'tree'],
  ['tree/sub', 'tree/new'],
  ['link', 'new'],
  ['link', 'kept'],
  ['link', 'file'],
  ['link', 'dangling'],
  ['link', 'link'],
  ['link/', 'new'],
  ['dangling', 'new'],
  ['dangling', 'link'],
  ['dangling', 'file'],
  ['dangling', 'dangling'],
  ['ümläut', 'ä/ö'],
];

describe.each(optionSets)('with the options %j', (options) => {
  test.each(pairs)('%s to %.40s', async (from, to) => {
    await sameOutcome((api, dir) => api.cp(`${dir}/${from}`, `${dir}/${to}`, options), whole(options, zoo));
  });
});

describe.each([...optionSets, ...moreOptionSets])('with the options %j', (options) => {
  test.each([
    ['file', 'new'],
    ['file', 'kept/precious'],
    ['tree', 'new'],
    ['link', 'a/new'],
    ['link', 'dangling'],
  ])('%s to %s', async (from, to) => {
    await sameOutcome((api, dir) => api.cp(`${dir}/${from}`, `${dir}/${to}`, options), whole(options, zoo));
  });

  test('a tree over another', async () => {
    await sameOutcome((api, dir) => api.cp(`${dir}/tree`, `${dir}/other`, options), whole(options, merged));
  });

  test('a tree over its own copy', async () => {
    const call = async (api: FsPromises, dir: string) => {
      await api.cp(`${dir}/tree`, `${dir}/other`, { recursive: true });
      return await api.cp(`${dir}/tree`, `${dir}/other`, options);
    };
    const flat = (dir: string) => {
      zoo(dir);
      for (const link of ['sub/to-kept', 'to-one', 'sub/to-nothing']) fs.unlinkSync(`${dir}/tree/${link}`);
    };
    await sameOutcome(call, flat);
  });

  test.each(['to-one', 'sub/to-kept', 'sub/to-nothing'])(
    'a tree over its own copy, with the link %s',
    async (kept) => {
      const call = async (api: FsPromises, dir: string) => {
        await api.cp(`${dir}/tree`, `${dir}/other`, { recursive: true });
        return await api.cp(`${dir}/tree`, `${dir}/other`, options);
      };
      await sameOutcome(call, (dir) => {
        zoo(dir);
        for (const link of ['sub/to-kept', 'to-one', 'sub/to-nothing'])
          if (link !== kept) fs.unlinkSync(`${dir}/tree/${link}`);
      });
    },
  );

  test('a filter that lets some pass', async () => {
    for (const prepare of [zoo, merged]) {
      const filter = (src: string) => !/two|empty|link/.test(src.slice(src.lastIndexOf('/')));
      await sameOutcome(
        (api, dir) => api.cp(`${dir}/tree`, `${dir}/other`, { ...options, filter }),
        whole(options, prepare),
      );
    }
  });
});

describe.each([{}, { dereference: true }, { verbatimSymlinks: true }, { force: false, errorOnExist: true }])(
  'links over links, with the options %j',
  (more) => {
    const targets = ['../one', '../one/a', '../two', '../gone', '../file', '..'];
    const options = { ...more, recursive: true };
    test.each(targets)('%s over others', async (from) => {
      for (const to of targets) {
        // A copy into what it copies has no end.
        if ('dereference' in more && (from === '..' || (from === '../one' && to === '../one/a'))) continue;
        const prepare = (dir: string) => {
          for (const folder of ['one/a/b', 'two', 'from', 'to'])
            fs.mkdirSync(`${dir}/${folder}`, { recursive: true });
          fs.writeFileSync(`${dir}/file`, 'x');
          fs.symlinkSync(from, `${dir}/from/link`);
          fs.symlinkSync(to, `${dir}/to/link`);
        };
        await sameOutcome((api, dir) => api.cp(`${dir}/from/link`, `${dir}/to/link`, options), prepare);
        await sameOutcome((api, dir) => api.cp(`${dir}/from`, `${dir}/to`, options), prepare);
      }
    });
  },
);

test('cp resolves with undefined', async () => {
  expect(await sameValue((api, dir) => api.cp(`${dir}/tree`, `${dir}/new`, { recursive: true }), zoo)).toBe(
    undefined,
  );
});

describe('times', () => {
  const timesOf = (path: string) => {
    const { atimeMs, mtimeMs } = fs.lstatSync(path);
    return [atimeMs, mtimeMs].map((ms) => (Math.abs(ms - Date.now()) < 3_600_000 ? 'now' : ms));
  };
  test.each([{}, { force: false }, { dereference: true }, { filter: () => true }])(
    'with %p',
    async (more) => {
      for (const preserveTimestamps of [true, false]) {
        for (const prepare of [zoo, merged]) {
          const call = async (api: FsPromises, dir: string) => {
            const options = { recursive: true, preserveTimestamps, ...more };
            await api.cp(`${dir}/tree`, `${dir}/other`, options);
            await api.cp(`${dir}/file`, `${dir}/new`, options);
            const paths = ['other', 'other/one', 'other/sub', 'other/sub/two', 'other/large', 'new'];
            return paths.map((path) => [path, timesOf(`${dir}/${path}`)]);
          };
          await sameValue(call, whole(more, prepare));
        }
      }
    },
  );
});

describe('what is no file, folder or link', () => {
  async function listen(path: string): Promise<() => void> {
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return () => void child.kill('SIGKILL'); // so that the socket stays
  }
  const strange = async (dir: string) => {
    fs.mkdirSync(`${dir}/tree`);
    fs.mkdirSync(`${dir}/sockets`);
    mkfifo(`${dir}/tree/fifo`);
    fs.writeFileSync(`${dir}/file`, 'x');
    // A socket's name has room for about a hundred bytes.
    const before = process.cwd();
    process.chdir(`${dir}/sockets`);
    (await listen('socket'))();
    process.chdir(before);
  };
  test('FIFOs and sockets are refused, alone and in a tree', async () => {
    for (const path of ['tree/fifo', 'tree', 'sockets/socket', 'sockets']) {
      for (const more of [{}, { filter: () => true }, { dereference: true }]) {
        const options = { recursive: true, ...more };
        const code = path.startsWith('tree') ? 'ERR_FS_CP_FIFO_PIPE' : 'ERR_FS_CP_SOCKET';
        await sameError(code, (api, dir) => api.cp(`${dir}/${path}`, `${dir}/new`, options), strange);
      }
    }
  });

  test('they are replaced', async () => {
    await sameOutcome((api, dir) => api.cp(`${dir}/file`, `${dir}/tree/fifo`), strange);
    await sameOutcome((api, dir) => api.cp(`${dir}/file`, `${dir}/sockets/socket`), strange);
  });

  test('devices', async () => {
    await sameOutcome((api, dir) => api.cp('/dev/null', `${dir}/null`));
    await sameOutcome((api) => api.cp('/dev/null', '/dev/null'));
  });

  test('files of procfs', async () => {
    await sameOutcome((api, dir) => api.cp('/proc/version', `${dir}/version`));
  });
});

describe('filters', () => {
  const asked = (answer: (src: string, dest: string) => unknown, more: object = {}) => {
    return async (api: FsPromises, dir: string) => {
      const calls: unknown[] = [];
      const filter = (src: string, dest: string) => {
        // What is there already when it is asked for.
        calls.push([src, dest, fs.existsSync(dest), fs.existsSync(dest.slice(0, dest.lastIndexOf('/')))]);
        return answer(src, dest) as boolean;
      };
      await api.cp(`${dir}/tree`, `${dir}/other`, { recursive: true, filter, ...more });
      return calls;
    };
  };

  test('are asked in the order of the folder, one after the other', async () => {
    for (const prepare of [zoo, merged]) {
      await sameValue(
        asked(() => true),
        prepare,
      );
      await sameValue(
        asked(async () => true),
        prepare,
      );
      await sameValue(
        asked(() => 1, { preserveTimestamps: true }),
        prepare,
      );
      await sameValue(
        asked((src) => (src.endsWith('sub') ? 0 : 'yes'), { force: false }),
        prepare,
      );
    }
  });

  test('that refuse all, or the root, in some way', async () => {
    for (const answer of [false, 0, '', null, undefined, Promise.resolve(false)])
      await sameValue(
        asked(() => answer),
        zoo,
      );
  });

  test('that refuse the root ask for nothing more, not even for the source', async () => {
    await sameValue((api, dir) => api.cp(`${dir}/missing`, `${dir}/new`, { filter: () => false }));
  });

  test.each(['tree', 'sub', 'two'])('that throw at %s', async (where) => {
    for (const error of [new RangeError('from the filter'), 'a string', null, undefined]) {
      for (const answer of [
        (src: string) => {
          if (src.endsWith(where)) throw error;
          return true;
        },
        (src: string) => (src.endsWith(where) ? Promise.reject(error) : Promise.resolve(true)),
      ])
        await sameOutcome(asked(answer), { prepare: zoo, foreignError: true });
    }
  });

  test('the error of a filter keeps its stack', async () => {
    const dir = tempDir();
    const error = new Error('mine');
    const { stack } = error;
    const filter = () => {
      throw error;
    };
    await expect(fsp.cp(dir, `${dir}-copy`, { filter })).rejects.toBe(error);
    expect(error.stack).toBe(stack);
  });

  test('know the options as this', async () => {
    const call = async (api: FsPromises, dir: string) => {
      const seen: unknown[] = [];
      const options = {
        recursive: true,
        unknown: 'stays',
        filter(this: object) {
          const { destRoot, filter, ...rest } = this as Record<string, unknown>; // Node 26 has the first
          seen.push([typeof filter, Object.entries(rest).sort()]);
          return true;
        },
      };
      await api.cp(`${dir}/tree`, `${dir}/other`, options);
      return seen;
    };
    await sameValue(call, zoo);
  });

  test('where Node has to refuse, it is asked once all the same', async () => {
    for (const [from, to] of [
      ['tree', 'file'],
      ['tree', 'tree/new'],
      ['file', 'file'],
      ['link', 'dangling'],
    ]) {
      let count = 0;
      const filter = () => {
        count += 1;
        return true;
      };
      await sameOutcome(async (api, dir) => {
        count = 0;
        try {
          await api.cp(`${dir}/${from}`, `${dir}/${to}`, { filter, recursive: true });
        } finally {
          expect(count).toBe(1);
        }
      }, zoo);
    }
  });
});

describe('odd arguments', () => {
  test.each<unknown>([
    null,
    5,
    'recursive',
    true,
    [],
    () => {},
    { recursive: 1 },
    { recursive: undefined },
    { recursive: null },
    { force: 'yes' },
    { force: undefined },
    { errorOnExist: 0 },
    { dereference: null },
    { verbatimSymlinks: undefined },
    { preserveTimestamps: 1n },
    { dereference: true, verbatimSymlinks: true },
    { filter: null },
    { filter: 'x' },
    { filter: undefined },
    { mode: null },
    { mode: undefined },
    { mode: -1 },
    { mode: 8 },
    { mode: 1.5 },
    { mode: '1' },
    { mode: 0 },
    { unknown: true },
    Object.create({ recursive: true }),
  ])('the options %p', async (options) => {
    for (const tail of ['file', 'tree', 'missing'])
      await sameOutcome((api, dir) => untyped(api).cp(`${dir}/${tail}`, `${dir}/new`, options), zoo);
  });

  test.each<unknown>(['', 5, null, undefined, {}, 'a\0b', new URL('http://example.com'), '.', '/'])(
    'the path %p',
    async (path) => {
      await sameOutcome((api, dir) => untyped(api).cp(path, `${dir}/new`), zoo);
      await sameOutcome((api, dir) => untyped(api).cp(`${dir}/file`, path), zoo);
      await sameOutcome((api, dir) => untyped(api).cp(`${dir}/missing`, path), zoo);
    },
  );

  test('paths as Buffers and as URLs', async () => {
    for (const tail of ['file', 'tree', 'missing', 'link']) {
      const options = { recursive: true };
      await sameOutcome(
        (api, dir) => untyped(api).cp(Buffer.from(`${dir}/${tail}`), Buffer.from(`${dir}/new`), options),
        zoo,
      );
      await sameOutcome(
        (api, dir) => api.cp(pathToFileURL(`${dir}/${tail}`), pathToFileURL(`${dir}/a/new`), options),
        zoo,
      );
    }
  });

  test('a getter that throws is a rejection with just that', async () => {
    for (const name of ['force', 'recursive', 'filter', 'mode']) {
      const trap = {
        get [name](): never {
          throw new RangeError(`from ${name}`);
        },
      };
      await sameOutcome((api, dir) => untyped(api).cp(`${dir}/tree`, `${dir}/new`, trap), {
        prepare: zoo,
        foreignError: true,
      });
    }
  });

  test('a name that is no UTF-8', async () => {
    const prepare = (dir: string) => {
      zoo(dir);
      fs.writeFileSync(odd(`${dir}/tree/sub`), 'x');
    };
    for (const more of [{}, { filter: () => true }])
      await sameOutcome(
        (api, dir) => api.cp(`${dir}/tree`, `${dir}/new`, { recursive: true, ...more }),
        prepare,
      );
  });
});

test('relative paths', async () => {
  const call = async (api: FsPromises, dir: string) => {
    const before = process.cwd();
    process.chdir(dir);
    try {
      await api.cp('tree', 'new', { recursive: true });
      await api.cp('./tree/', 'a/b', { recursive: true, filter: () => true });
      await api.cp('file', 'copy');
      await api.cp('link', 'a/link');
      return await api.cp('tree', './tree/x', { recursive: true }).catch((error) => error.message);
    } finally {
      process.chdir(before);
    }
  };
  await sameValue(call, zoo);
});

test('some hundred entries, and files of one name and another in turn', async () => {
  const prepare = (dir: string) => {
    for (let i = 0; i < 300; i++) {
      const folder = `${dir}/tree/${i % 3}/${i % 5}`;
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(`${folder}/${i}`, String(i), { mode: 0o600 + (i % 0o100) });
      if (i % 7 === 0) fs.symlinkSync(String(i), `${folder}/link-${i}`);
      if (i % 9 === 0) fs.mkdirSync(`${folder}/folder-${i}`);
    }
  };
  for (const more of [{}, { filter: () => true }, { dereference: true }])
    await sameValue((api, dir) => api.cp(`${dir}/tree`, `${dir}/new`, { recursive: true, ...more }), prepare);
  const call = async (api: FsPromises, dir: string) => {
    fs.mkdirSync(`${dir}/new/0/1`, { recursive: true });
    for (let i = 0; i < 300; i += 2) fs.writeFileSync(`${dir}/new/0/1/${i}`, 'there before');
    return await api.cp(`${dir}/tree`, `${dir}/new`, { recursive: true, verbatimSymlinks: true });
  };
  await sameValue(call, prepare);
});

test('a failure among many: what came before it is there, what comes after it is not', async () => {
  const prepare = (dir: string) => {
    fs.mkdirSync(`${dir}/tree`);
    for (let i = 0; i < 150; i++) fs.writeFileSync(`${dir}/tree/${i}`, String(i));
    fs.mkdirSync(`${dir}/tree/folder`);
    mkfifo(`${dir}/tree/in-the-way`);
  };
  await sameError(
    'ERR_FS_CP_FIFO_PIPE',
    (api, dir) => api.cp(`${dir}/tree`, `${dir}/new`, { recursive: true }),
    prepare,
  );
});

(process.getuid?.() === 0 ? describe : describe.skip)('of another user (needs root)', () => {
  const LINUX_NOBODY = 65_534;
  /** As nobody, whom permissions concern. */
  const asNobody =
    (call: (api: FsPromises, dir: string) => Promise<unknown>) => async (api: FsPromises, dir: string) => {
      fs.chmodSync(path.dirname(path.dirname(dir)), 0o755);
      execFileSync('chown', ['-R', `${LINUX_NOBODY}:${LINUX_NOBODY}`, dir]);
      process.seteuid?.(LINUX_NOBODY);
      try {
        return await call(api, dir);
      } finally {
        process.seteuid?.(0);
      }
    };
  const locked = (what: string) => (dir: string) => {
    fs.mkdirSync(`${dir}/tree/sub`, { recursive: true });
    for (let i = 0; i < 100; i++) fs.writeFileSync(`${dir}/tree/${i}`, String(i));
    for (let i = 0; i < 100; i++) fs.writeFileSync(`${dir}/tree/sub/${i}`, String(i));
    fs.chmodSync(`${dir}/tree/${what}`, 0);
  };
  const asThatUser = typeof process.seteuid === 'function' ? test : test.skip;
  asThatUser.each(['50', 'sub', 'sub/50'])('%s cannot be read', async (what) => {
    for (const more of [{}, { filter: () => true }, { preserveTimestamps: true }])
      await sameOutcome(
        asNobody((api, dir) => api.cp(`${dir}/tree`, `${dir}/new`, { recursive: true, ...more })),
        locked(what),
      );
  });
});

describe('fs.cp with a callback', () => {
  test.each(pairs.filter(([from]) => from === 'file' || from === 'link' || from === 'tree'))(
    '%s to %.40s',
    async (from, to) => {
      await sameCallback((api, dir, cb) => api.cp(`${dir}/${from}`, `${dir}/${to}`, cb), zoo);
      await sameCallback(
        (api, dir, cb) => api.cp(`${dir}/${from}`, `${dir}/${to}`, { recursive: true }, cb),
        zoo,
      );
    },
  );

  test('with filters', async () => {
    for (const filter of [
      () => true,
      () => false,
      () => Promise.reject(null),
      () => Promise.reject(new Error('mine')),
      () => Promise.reject('text'),
    ])
      await sameCallback((api, dir, cb) => api.cp(`${dir}/file`, `${dir}/new`, { filter }, cb), {
        prepare: zoo,
        foreignError: true,
      });
  });

  test('odd arguments', async () => {
    await sameCallback((api, dir, cb) => api.cp(`${dir}/file`, `${dir}/new`, null, cb), zoo);
    await sameCallback((api, dir, cb) => api.cp(`${dir}/file`, `${dir}/new`, undefined, cb), zoo);
    await sameCallback((api, dir, cb) => api.cp(`${dir}/file`, 5, cb), zoo);
    await sameOutcome(
      (api, dir) => untyped(api === fsp ? require('@ringfs/fs-compat') : fs).cp(`${dir}/file`, `${dir}/new`),
      zoo,
    );
  });
});

test('no descriptor is left', async () => {
  const dir = tempDir();
  zoo(dir);
  const work = async () => {
    for (let i = 0; i < 10; i++) {
      await fsp.cp(`${dir}/tree`, `${dir}/${i}`, { recursive: true });
      await fsp.cp(`${dir}/tree`, `${dir}/${i}`, { recursive: true }).catch(() => {});
      fs.rmSync(`${dir}/${i}`, { recursive: true });
    }
  };
  await work();
  const before = fs.readdirSync('/proc/self/fd').length;
  await work();
  expect(fs.readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
});
