// The op-level API on every lane: what it resolves to, what it refuses, and that its errors are Node's.
import * as fs from 'node:fs';
import { capabilities } from '@ringfs/core';
import { hasAddon, inChild, tempDir } from './child';

const { backend } = capabilities();
const lanes: [string, Record<string, string>, boolean][] = [
  ['auto', {}, true],
  ['cached', { RINGFS_LANE: 'cached' }, hasAddon],
  ['ring', { RINGFS_LANE: 'ring' }, backend === 'io_uring'],
  ['blocking', { RINGFS_LANE: 'blocking' }, hasAddon],
  ['threads', { RINGFS_BACKEND: 'threads' }, hasAddon],
  ['node', { RINGFS_BACKEND: 'node' }, true],
];

describe.each(lanes)('on %s', (_, env, possible) => {
  const when = possible ? it : it.skip;
  const run = <T>(body: string): Promise<T> => inChild<T>(body, env);

  when('open, write, fsync, fdatasync, stat, read, close', async () => {
    const file = `${tempDir()}/file`;
    const seen = await run(`
      const { O_RDWR, O_CREAT } = fs.constants;
      const fd = await core.open(${JSON.stringify(file)}, O_RDWR | O_CREAT, 0o640);
      const written = [
        await core.write(fd, Buffer.from('hello')),
        await core.write(fd, Buffer.from('__world__'), { offset: 2, length: 5, position: 5 }),
        await core.write(fd, Buffer.from('HE'), { position: 0 }),
      ];
      await core.fsync(fd);
      await core.fdatasync(fd);
      const { size, mode } = await core.stat(fd);
      const big = await core.stat(fd, { bigint: true });
      const buffer = Buffer.alloc(12, '.');
      const read = [
        await core.read(fd, buffer, { offset: 1, length: 4, position: 0 }),
        await core.read(fd, buffer, { offset: 5 }),
        await core.read(fd, buffer, { position: 10 }),
        await core.read(fd, buffer, { length: 0 }),
      ];
      await core.close(fd);
      return { written, size, mode: (mode & 0o777).toString(8), big: String(big.size), read, text: buffer.toString() };`);
    expect(seen).toEqual({
      written: [5, 5, 2],
      size: 10,
      mode: (0o640 & ~process.umask()).toString(8),
      big: '10',
      // The position of the descriptor is where the first write has left it.
      read: [4, 5, 0, 0],
      text: '.HEllworld..',
    });
    expect(fs.readFileSync(file, 'utf8')).toBe('HEllo'.concat('world'));
  });

  when('readFile and writeFile, as bytes and as text', async () => {
    const dir = tempDir();
    const seen = await run(`
      const at = (name) => ${JSON.stringify(dir)} + '/' + name;
      await core.writeFile(at('text'), 'naïve \u{1F600}');
      await core.writeFile(at('bytes'), new Uint8Array([1, 2, 3]), { mode: 0o600, flush: true });
      await core.writeFile(at('text2'), 'longer than the next');
      await core.writeFile(at('text2'), 'short', { strict: true });
      await core.writeFile(at('empty'), '');
      const large = Buffer.alloc(5 << 20, 'abc');
      await core.writeFile(at('large'), large);
      const bytes = await core.readFile(at('bytes'));
      return [
        await core.readFile(at('text'), { encoding: 'utf8' }),
        (await core.readFile(at('text'), { encoding: 'latin1' })).length,
        await core.readFile(at('bytes'), { encoding: 'hex' }),
        Buffer.isBuffer(bytes) && bytes.length,
        await core.readFile(Buffer.from(at('text2')), { encoding: 'utf8' }),
        (await core.readFile(at('empty'))).length,
        (await core.readFile(at('large'))).equals(large),
        (fs.statSync(at('bytes')).mode & 0o777).toString(8),
      ];`);
    expect(seen).toEqual(['naïve \u{1F600}', 11, '010203', 3, 'short', 0, true, '600']);
  });

  when('stat of a path, of a link itself, and of nothing', async () => {
    const dir = tempDir();
    fs.symlinkSync('nowhere', `${dir}/link`);
    const seen = await run(`
      const link = ${JSON.stringify(`${dir}/link`)};
      const itself = await core.stat(link, { follow: false });
      const big = await core.stat('/', { bigint: true });
      return [
        (await core.stat('/')).isDirectory(), itself.isSymbolicLink(), typeof big.ino,
        await core.stat(link).catch((error) => error.message),
      ];`);
    expect(seen).toEqual([true, true, 'bigint', `ENOENT: no such file or directory, stat '${dir}/link'`]);
  });

  when("errors of the system are Node's, and their stacks name the caller", async () => {
    const seen = await run(`
      const shown = (error) => error === undefined ? 'no error'
        : [error.code, error.errno, error.syscall, error.path, error.message, /at (async )?theCaller/.test(error.stack)];
      async function theCaller(call) { try { await call(); } catch (error) { return error; } }
      const seen = [];
      for (const call of [
        () => core.open('/nowhere'), () => core.readFile('/nowhere/x'), () => core.writeFile('/nowhere/x', ''),
        () => core.readFile('/'), () => core.close(9999), () => core.fsync(9999), () => core.read(9999, Buffer.alloc(1)),
        () => core.write(9999, Buffer.alloc(1)), () => core.stat(9999), () => core.readFile('/' + 'x'.repeat(5000)),
      ]) seen.push(shown(await theCaller(call)));
      return seen;`);
    const bad = (call: string) => ['EBADF', -9, call, null, `EBADF: bad file descriptor, ${call}`, true];
    const none = (path: string) => [
      'ENOENT',
      -2,
      'open',
      path,
      `ENOENT: no such file or directory, open '${path}'`,
      true,
    ];
    const long = `/${'x'.repeat(5000)}`;
    const expected = [
      none('/nowhere'),
      none('/nowhere/x'),
      none('/nowhere/x'),
      expect.arrayContaining(['EISDIR', -21, 'read', true]),
      ...['close', 'fsync', 'read', 'write', 'fstat'].map(bad),
      ['ENAMETOOLONG', -36, 'open', long, `ENAMETOOLONG: name too long, open '${long}'`, true],
    ];
    expect(seen).toEqual(expected);
  });
});

describe('arguments that cannot be meant are rejections, and nothing is done', () => {
  it.each([
    ['core.open()', 'ERR_INVALID_ARG_TYPE'],
    ['core.open(5)', 'ERR_INVALID_ARG_TYPE'],
    ["core.open('a\\0b')", 'ERR_INVALID_ARG_VALUE'],
    ["core.open(Buffer.from('a\\0b'))", 'ERR_INVALID_ARG_VALUE'],
    ["core.open('/', 'r')", 'ERR_INVALID_ARG_TYPE'],
    ["core.open('/', -1)", 'ERR_OUT_OF_RANGE'],
    ["core.open('/', 0, 1.5)", 'ERR_OUT_OF_RANGE'],
    ['core.close()', 'ERR_INVALID_ARG_TYPE'],
    ["core.close('1')", 'ERR_INVALID_ARG_TYPE'],
    ['core.close(-1)', 'ERR_OUT_OF_RANGE'],
    ['core.close(NaN)', 'ERR_OUT_OF_RANGE'],
    ['core.close(2 ** 31)', 'ERR_OUT_OF_RANGE'],
    ['core.fsync(null)', 'ERR_INVALID_ARG_TYPE'],
    ["core.read(0, 'text')", 'ERR_INVALID_ARG_TYPE'],
    ['core.read(0, new ArrayBuffer(4))', 'ERR_INVALID_ARG_TYPE'],
    ['core.read(0, Buffer.alloc(4), { offset: 5 })', 'ERR_OUT_OF_RANGE'],
    ['core.read(0, Buffer.alloc(4), { offset: 2, length: 3 })', 'ERR_OUT_OF_RANGE'],
    ['core.read(0, Buffer.alloc(4), { position: -2 })', 'ERR_OUT_OF_RANGE'],
    ['core.read(0, Buffer.alloc(4), { position: 2 ** 53 })', 'ERR_OUT_OF_RANGE'],
    ["core.read(0, Buffer.alloc(4), { position: '0' })", 'ERR_INVALID_ARG_TYPE'],
    ['core.write(1, Buffer.alloc(4), { length: -1 })', 'ERR_OUT_OF_RANGE'],
    ['core.write(1, [1, 2])', 'ERR_INVALID_ARG_TYPE'],
    ['core.stat({})', 'ERR_INVALID_ARG_TYPE'],
    ['core.readFile(undefined)', 'ERR_INVALID_ARG_TYPE'],
    ["core.writeFile('/nowhere/x', 5)", 'ERR_INVALID_ARG_TYPE'],
    ["core.writeFile('/nowhere/x', 'y', { mode: '644' })", 'ERR_INVALID_ARG_TYPE'],
  ])('%s: %s', async (call, code) => {
    const body = `
      let promise;
      try { promise = ${call}; } catch (error) { return { thrown: error.message }; }
      return { ...(await promise.then(() => ({ code: 'no error' }), told)), batches: core.metrics().batches };`;
    expect(await inChild(body)).toMatchObject({ code, batches: 0 });
  });
});
