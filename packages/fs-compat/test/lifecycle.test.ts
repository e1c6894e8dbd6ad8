// How a process with ringfs begins and ends: nothing starts before the first op, work in flight keeps it alive, nothing
// else does, and no end waits for what is in flight.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { backendHere, hasAddon, program, report, say, script } from './acceptance-support/run';
import { mkfifo, pattern, shell, tempDir } from './support/subject';

jest.setTimeout(25_000);

const here = hasAddon ? backendHere() : 'node';
const lanes: [string, Record<string, string>, boolean][] = [
  ['auto', {}, here !== 'node'],
  ['ring', { RINGFS_LANE: 'ring' }, here === 'io_uring'],
  ['blocking', { RINGFS_LANE: 'blocking' }, here !== 'node'],
  ['threads', { RINGFS_BACKEND: 'threads' }, here !== 'node'],
];

let folder = '';
beforeAll(() => {
  folder = tempDir();
  fs.writeFileSync(path.join(folder, 'file'), 'content');
  fs.mkdirSync(path.join(folder, 'read'));
  for (let i = 0; i < 50; i++) fs.writeFileSync(path.join(folder, 'read', `${i}`), pattern(i * 10_000));
  mkfifo(path.join(folder, 'fifo'));
});

const quoted = (name: string): string => JSON.stringify(path.join(folder, name));

describe.each(lanes)('lane %s', (lane, env, possible) => {
  const when = (possible ? it : it.skip) as jest.It;

  describe.each(['reads', 'writes', 'a FIFO read', 'a FIFO written', 'a handle on a FIFO'])(
    'with %s in flight',
    (work) => {
      when.each([
        ['process.exit', 7],
        ['an uncaught throw', 1],
        ['SIGTERM', 'SIGTERM'],
        ['process.exit in a handler of SIGTERM', 9],
      ])('%s ends the process as it should, within 5 s', async (end, code) => {
        const ended = await program('in-flight', [work, end, folder], { env, timeoutMs: 20_000 });
        expect(ended.code).toBe(code);
        expect(ended.ms).toBeLessThan(5000);
        if (end === 'an uncaught throw') expect(ended.stderr).toContain('thrown on purpose');
        else expect(ended.stderr).toBe('');
      });
    },
  );

  when('the process ends by itself when the ops are done, and not before', async () => {
    const source = `
      const fsp = require('@ringfs/fs-compat/promises');
      fsp.readFile(${quoted('file')}, 'utf8')
        .then((text) => fsp.writeFile(${quoted(`out-${lane}`)}, text, { flush: true }))
        .then(() => fsp.open(${quoted(`out-${lane}`)}))
        .then(async (handle) => { await handle.read(Buffer.alloc(3)); await handle.close(); })
        .then(() => console.log(JSON.stringify('done')));`;
    const ended = await script(source, { env, timeoutMs: 10_000 });
    expect(report(ended)).toBe('done');
    expect(ended.ms).toBeLessThan(3000);
  });

  when('an op that waits for somebody else keeps it alive, with nothing else in flight', async () => {
    const fifo = mkfifo(path.join(folder, `late-${lane}`));
    const source = `
      const { readFile } = require('@ringfs/fs-compat/promises');
      readFile(${JSON.stringify(fifo)}, 'utf8').then((text) => console.log(JSON.stringify(text)));`;
    const began = performance.now();
    const writer = shell('sleep 0.6; echo -n late > "$1"', fifo);
    const ended = await script(source, { env, timeoutMs: 10_000 });
    await writer.done;
    expect(report(ended)).toBe('late');
    expect(performance.now() - began).toBeGreaterThan(600);
  });

  // Test runners load every module anew for each file.
  when('of what was loaded and dropped twenty times no thread and no descriptor is left', async () => {
    const source = `
      const fs = require('node:fs');
      const count = () => fs.readdirSync('/proc/self/task').length + fs.readdirSync('/proc/self/fd').length;
      const use = async () => {
        for (const key of Object.keys(require.cache)) if (/(core|native|fs-compat).bundle/.test(key)) delete require.cache[key];
        // A require of its own, because a module is also held by the one that has loaded it.
        const fsp = require('node:module').createRequire(process.cwd() + '/scope.js')('@ringfs/fs-compat/promises');
        const handle = await fsp.open(${quoted('file')});
        await handle.read(Buffer.alloc(3));
        await handle.close();
        await Promise.all(Array.from({ length: 40 }, (_, i) => fsp.writeFile(${quoted(`dropped-${lane}-`)} + i, 'x')));
        await Promise.all(Array.from({ length: 40 }, (_, i) => fsp.readFile(${quoted(`dropped-${lane}-`)} + i)));
      };
      (async () => {
        const counts = [];
        for (let round = 0; round < 20; round++) {
          await use();
          for (let i = 0; i < 3; i++) {
            globalThis.gc();
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
          counts.push(count());
        }
        console.log(JSON.stringify(counts));
      })();`;
    const ended = await script(source, { env, flags: ['--expose-gc'], timeoutMs: 20_000 });
    const counts = report(ended) as number[];
    // A runtime holds up to six threads and as many descriptors; what counts is that they do not pile up.
    expect(Math.max(...counts.slice(10))).toBeLessThanOrEqual(Math.max(...counts.slice(0, 10)) + 12);
  });

  when('handles that nobody closed do not keep it alive', async () => {
    const source = `
      const { open } = require('@ringfs/fs-compat/promises');
      open(${quoted('file')}).then((handle) => { globalThis.held = handle; console.log(JSON.stringify('open')); });`;
    const ended = await script(source, { env, flags: ['--no-warnings'], timeoutMs: 10_000 });
    expect(report(ended)).toBe('open');
    expect(ended.ms).toBeLessThan(3000);
  });

  when('readers that race for one FIFO hold no thread: other files are still written', async () => {
    const fifo = mkfifo(path.join(folder, `race-${lane}`));
    const source = `
      const fsp = require('@ringfs/fs-compat/promises');
      (async () => {
        const handles = await Promise.all(Array.from({ length: 12 }, () => fsp.open(${JSON.stringify(fifo)}, 'r+')));
        let read = 0;
        for (const handle of handles) void handle.read(Buffer.alloc(1), 0, 1, null).then(() => { read += 1; });
        await new Promise((resolve) => setTimeout(resolve, 100));
        // One byte wakes them all, and only one of them gets it.
        require('node:fs').writeSync(handles[0].fd, 'x');
        while (read === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        await Promise.all(Array.from({ length: 8 }, () => fsp.writeFile(${quoted(`beside-${lane}`)}, 'x')));
        console.log(JSON.stringify(read));
        process.exit(0);
      })();`;
    const ended = await script(source, { env, timeoutMs: 15_000 });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(report(ended)).toBe(1);
  });

  when('nothing starts before the first op: no thread, no descriptor, no counter', async () => {
    interface Step {
      threads: string[];
      descriptors: string[];
    }
    const seen = report<{
      required: Step;
      looked: Step;
      worked: Step;
      counted: Record<string, number>;
      limits: boolean;
      importMs: number;
      capabilitiesMs: number;
      firstOpMs: number;
    }>(await program('nothing-before', [folder], { env }));
    say(
      `${lane}: import ${seen.importMs.toFixed(1)} ms, capabilities() ${seen.capabilitiesMs.toFixed(1)} ms, ` +
        `first op ${seen.firstOpMs.toFixed(1)} ms; after it ${seen.worked.descriptors.length} descriptors and ` +
        `${seen.worked.threads.length} threads more`,
    );
    const nothing = { threads: [], descriptors: [] };
    expect(seen).toMatchObject({ required: nothing, looked: nothing, limits: true });
    expect(Object.values(seen.counted).every((count) => count === 0)).toBe(true);
    // The look itself sees what has been started.
    expect(seen.worked.descriptors.length).toBeGreaterThan(0);
  });
});
