// Where io_uring is refused ringfs works all the same, on threads, and says so.
//
// In the ordinary run the main files of the behaviour suite (its project `threads` runs all of them); RINGFS_FULL=1 runs
// the whole suite under both errnos.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { compile, hasAddon, hasTool, repoDir, report, run, say, script } from './acceptance-support/run';
import { tempDir } from './support/subject';

const possible = hasAddon && process.platform === 'linux' && hasTool('cc', '--version');
const why = possible ? '' : ' (skipped: needs the addon, Linux and cc)';

let refuse = '';
beforeAll(() => {
  if (possible) refuse = compile('refuse', tempDir());
});

const capabilities = "console.log(JSON.stringify(require('@ringfs/core').capabilities()))";

interface Capabilities {
  backend: string;
  reason: string;
  opcodes: string[];
  lanes: Record<string, string[]>;
}

(possible ? describe : describe.skip).each([
  ['EPERM', 'io_uring_setup'],
  ['ENOSYS', 'io_uring_setup'],
  ['EPERM', 'io_uring_enter'],
  ['ENOSYS', 'io_uring_enter'],
  ['EPERM', 'io_uring_setup,io_uring_enter,io_uring_register'],
])(`with %s for %s${why}`, (errno, calls) => {
  const by = (): string[] => [refuse, errno, calls];
  const firstCall = calls.split(',')[0];

  it('capabilities() says threads, names the call and the errno, and offers no ring', async () => {
    const found = report<Capabilities>(await script(capabilities, { by: by() }));
    expect(found).toMatchObject({ backend: 'threads', opcodes: [] });
    expect(found.reason).toContain(`${firstCall}: ${errno}`);
    expect(Object.values(found.lanes).flat()).not.toContain('ring');
  });

  it('files are read and written, without one enter', async () => {
    const file = path.join(tempDir(), 'file');
    const source = `
      const { readFile, writeFile } = require('@ringfs/fs-compat/promises');
      (async () => {
        await writeFile(${JSON.stringify(file)}, 'one', { flush: true });
        const texts = await Promise.all(Array.from({ length: 100 }, () => readFile(${JSON.stringify(file)}, 'utf8')));
        const { enters, sqes } = require('@ringfs/core').metrics();
        console.log(JSON.stringify({ right: texts.every((text) => text === 'one'), enters, sqes }));
      })();`;
    expect(report(await script(source, { by: by() }))).toEqual({ right: true, enters: 0, sqes: 0 });
  });

  it('RINGFS_BACKEND=io_uring is a clear error at the first op and every later one, and no file is touched', async () => {
    const file = path.join(tempDir(), 'file');
    fs.writeFileSync(file, 'old');
    const source = `
      const fsp = require('@ringfs/fs-compat/promises');
      const core = require('@ringfs/core');
      const file = ${JSON.stringify(file)};
      const told = (error) => ({ code: error.code, message: error.message });
      const calls = [
        () => fsp.writeFile(file, 'new'), () => fsp.readFile(file), () => fsp.stat(file), () => fsp.open(file),
        () => core.readFile(file), () => core.open(file), () => core.close(99), async () => core.capabilities(),
      ];
      (async () => {
        const seen = [];
        for (const call of calls) seen.push(await call().then(() => 'no error', told));
        console.log(JSON.stringify(seen));
      })();`;
    const seen = report<{ code: string; message: string }[]>(
      await script(source, { by: by(), env: { RINGFS_BACKEND: 'io_uring' } }),
    );
    for (const error of seen) {
      expect(error).toMatchObject({ code: 'ERR_RINGFS_BACKEND' });
      expect(error.message).toContain(`RINGFS_BACKEND=io_uring cannot be had here: ${firstCall}: ${errno}`);
    }
    expect(seen).toHaveLength(8);
    expect(fs.readFileSync(file, 'utf8')).toBe('old');
  });

  it('RINGFS_LANE=ring is refused in the same way', async () => {
    const source = `require('@ringfs/fs-compat/promises').readFile('/etc/passwd')
      .then(() => 'no error', (error) => error.code).then((seen) => console.log(JSON.stringify(seen)));`;
    expect(report(await script(source, { by: by(), env: { RINGFS_LANE: 'ring' } }))).toBe(
      'ERR_RINGFS_BACKEND',
    );
  });
});

const full = process.env.RINGFS_FULL !== undefined;
const main = 'dist-test/behaviour/(read-file|write-file|file-handle)';
const atLeast = full ? 2000 : 600;

(possible ? describe : describe.skip).each([
  ['EPERM', full ? 'dist-test/behaviour/' : main],
  ['ENOSYS', full ? 'dist-test/behaviour/' : 'dist-test/behaviour/read-file'],
])(`with io_uring_setup answering %s${why}`, (errno, files) => {
  it(`the behaviour suite passes: ${files}`, async () => {
    const output = path.join(tempDir(), 'jest.json');
    const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');
    const command = [process.execPath, jest, files, '--selectProjects', 'auto', '--runInBand', '--json'];
    const ended = await run([...command, `--outputFile=${output}`], {
      by: [refuse, errno, 'io_uring_setup'],
      cwd: repoDir,
      timeoutMs: 280_000,
    });
    const result = JSON.parse(fs.readFileSync(output, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numPendingTests: number;
      testResults: { assertionResults: { status: string; fullName: string }[] }[];
    };
    const failed = result.testResults
      .flatMap((file) => file.assertionResults)
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => fullName);
    const { numPassedTests, numPendingTests } = result;
    say(`${errno}: ${numPassedTests} passed, ${numPendingTests} skipped in ${Math.round(ended.ms / 1000)} s`);
    expect(failed).toEqual([]);
    expect(ended.code).toBe(0);
    expect(numPassedTests).toBeGreaterThan(files === main || full ? atLeast : 100);
  }, 300_000);
});
