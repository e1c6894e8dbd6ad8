// What a program has done to the objects that everybody shares does to our calls what it does to Node's own.
import * as fs from 'node:fs';
import { runChild, tempDir, testBeyondNode } from '../support/subject';

/** One call; `api` is fs/promises, `apiFs` is fs, `dir` a fresh folder with `file` and `sub/deep` in it. */
type Body = string;

/**
 * Runs `body` by the subject and by Node, each while `change` is in force, and gives both outcomes. In a process of its
 * own: the change is one of the whole process, and jest has globals of its own.
 */
async function bothUnder(change: string, body: Body): Promise<[unknown, unknown]> {
  const dir = tempDir();
  for (const name of ['ours', 'node']) {
    fs.mkdirSync(`${dir}/${name}/sub/deep`, { recursive: true });
    fs.writeFileSync(`${dir}/${name}/file`, 'content');
  }
  const script = `
    const fs = require('node:fs');
    const nodeFs = { ...fs };
    const subjectFs = require(process.env.FS_SPECIFIER);
    const stringify = JSON.stringify;
    const write = process.stdout.write.bind(process.stdout);
    const { Promise: AtLoad } = globalThis;
    const cb = (call, ...args) => new AtLoad((resolve, reject) => call(...args, (error, ...values) => (error ? reject(error) : resolve(values))));
    const body = async (api, apiFs, dir, change, undo) => { ${body} };
    const outcome = async (api, apiFs, dir) => {
      // What is made at the first call is made before: a change comes at any time.
      const handle = await api.open(dir + '/file');
      await handle.read(Buffer.alloc(1));
      await handle.close();
      await api.readFile(dir + '/file');
      let undo = () => {};
      const change = () => { undo = (() => { ${change} })(); };
      try {
        const value = await body(api, apiFs, dir, change, () => undo());
        undo();
        return { value };
      } catch (error) {
        undo();
        return { error: error.code ?? error.message };
      }
    };
    (async () => {
      const ours = await outcome(subject, subjectFs, process.env.DIR + '/ours');
      const node = await outcome(bare, nodeFs, process.env.DIR + '/node');
      write(stringify([ours, node]).replaceAll(process.env.DIR + '/ours', '<dir>').replaceAll(process.env.DIR + '/node', '<dir>'));
    })();`;
  const { code, stdout, stderr } = await runChild(script, { dir });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as [unknown, unknown];
}

describe('options that Object.prototype has, of a call that gives none', () => {
  const inherit = (name: string, value: string) =>
    `Object.prototype.${name} = ${value}; return () => { delete Object.prototype.${name}; };`;
  const written = (call: string) =>
    `change(); await ${call}; undo(); return [fs.readFileSync(dir + '/file', 'latin1'), fs.statSync(dir + '/file').mode];`;
  const onHandle = (flags: string, call: string) =>
    `const handle = await api.open(dir + '/file', '${flags}'); change(); try { return await ${call}; } finally { undo(); await handle.close(); }`;
  const result = (call: string) => `change(); return ${call};`;

  test.each<[string, string, string, Body]>([
    ['writeFile', 'flag', "'a'", written("api.writeFile(dir + '/file', 'new')")],
    ['writeFile with an encoding', 'flag', "'a'", written("api.writeFile(dir + '/file', 'new', 'utf8')")],
    ['fs.writeFile', 'flag', "'a'", written("cb(apiFs.writeFile, dir + '/file', 'new')")],
    ['writeFile', 'encoding', "'hex'", written("api.writeFile(dir + '/file', 'abcd')")],
    ['writeFile', 'signal', 'AbortSignal.abort()', written("api.writeFile(dir + '/file', 'new')")],
    ['writeFile', 'flush', '5', written("api.writeFile(dir + '/file', 'new')")],
    [
      'writeFile of a new file',
      'mode',
      '0o777',
      "change(); await api.writeFile(dir + '/new', ''); undo(); return fs.statSync(dir + '/new').mode;",
    ],
    ['appendFile', 'flag', "'w'", written("api.appendFile(dir + '/file', 'new')")],
    ['appendFile with an encoding', 'flag', "'w'", written("api.appendFile(dir + '/file', 'new', 'utf8')")],
    ['appendFile', 'flush', '5', written("api.appendFile(dir + '/file', 'new')")],
    ['readFile', 'flag', "'w'", result("String(await api.readFile(dir + '/file'))")],
    ['readFile', 'encoding', "'hex'", result("await api.readFile(dir + '/file')")],
    ['readFile, null', 'encoding', "'hex'", result("await api.readFile(dir + '/file', null)")],
    ['fs.readFile', 'encoding', "'hex'", result("await cb(apiFs.readFile, dir + '/file')")],
    ['readFile', 'signal', 'AbortSignal.abort()', result("await api.readFile(dir + '/file', 'utf8')")],
    ['readFile without any', 'signal', 'AbortSignal.abort()', result("await api.readFile(dir + '/file')")],
    ['readdir', 'recursive', 'true', result('(await api.readdir(dir)).sort()')],
    ['readdir with an encoding', 'recursive', 'true', result("(await api.readdir(dir, 'utf8')).sort()")],
    ['fs.readdir', 'recursive', 'true', result("await cb(apiFs.readdir, dir + '/')")],
    [
      'fs.readdir with an encoding',
      'recursive',
      'true',
      result("await cb(apiFs.readdir, dir + '/', 'utf8')"),
    ],
    ['readdir', 'withFileTypes', 'true', result("await api.readdir(dir + '/sub')")],
    ['realpath', 'encoding', "'buffer'", result("await api.realpath(dir + '/sub')")],
    ['mkdtemp', 'encoding', "'buffer'", result("typeof (await api.mkdtemp(dir + '/t-'))")],
    ['stat', 'bigint', 'true', result("typeof (await api.stat(dir + '/sub')).size")],
    ['stat of {}', 'bigint', 'true', result("typeof (await api.stat(dir + '/sub', {})).size")],
    ['rm', 'recursive', 'true', result("await api.rm(dir + '/sub')")],
    ['handle.readFile', 'encoding', "'hex'", onHandle('r', 'handle.readFile()')],
    [
      'handle.writeFile',
      'encoding',
      "'hex'",
      `await ${`(async () => { ${onHandle('w', "handle.writeFile('abcd')")} })()`}; return fs.readFileSync(dir + '/file', 'latin1');`,
    ],
    ['handle.read', 'position', '2', onHandle('r', 'handle.read(Buffer.alloc(3))')],
    [
      'handle.write with null as options',
      'position',
      '2',
      `await ${`(async () => { ${onHandle('w', "handle.write(Buffer.from('ab'), null)")} })()`}; return fs.readFileSync(dir + '/file', 'latin1');`,
    ],
    [
      'fs.read of a descriptor',
      'position',
      '2',
      "const fd = fs.openSync(dir + '/file'); change(); try { return (await cb(apiFs.read, fd))[0]; } finally { undo(); fs.closeSync(fd); }",
    ],
    [
      'fs.read into a buffer',
      'position',
      '2',
      "const fd = fs.openSync(dir + '/file'); change(); try { return String((await cb(apiFs.read, fd, Buffer.alloc(2)))[1]); } finally { undo(); fs.closeSync(fd); }",
    ],
  ])('%s, and `%s`', async (_call, name, value, body) => {
    const [ours, node] = await bothUnder(inherit(name, value), body);
    expect(ours).toEqual(node);
  });
});

describe('clocks and dates that a test has stopped', () => {
  const writes = (time: string) =>
    `change(); await api.utimes(dir + '/file', ${time}, ${time}); undo();
    const { mtimeMs } = fs.statSync(dir + '/file');
    return Math.abs(mtimeMs - Date.now()) < 60_000 ? 'now' : mtimeMs;`;

  test.each([
    ['Date.now', '() => 5000', '-1'],
    ['Date.prototype.getTime', '() => 5000', 'new Date(1e12)'],
    ['Number.isFinite', '() => false', '-1'],
  ])('%s does not reach what is written', async (name, value, time) => {
    const change = `const before = ${name}; ${name} = ${value}; return () => { ${name} = before; };`;
    const [ours, node] = await bothUnder(change, writes(time));
    expect(ours).toEqual(node);
  });
});

describe('what a program has taken away or put in its place', () => {
  const replaced = (name: string, value: string) =>
    `const before = ${name}; ${name} = ${value}; return () => { ${name} = before; };`;
  const throws = "function () { throw new Error('replaced'); }";

  // One call after the other: what one of them meets must not reach the next.
  const calls = `change();
    const outcomes = [];
    const step = async (call) => outcomes.push(await call().then(() => 'done', (error) => error.code ?? error.message));
    await step(() => api.readFile(dir + '/file', 'utf8'));
    await step(() => api.readFile(dir + '/missing', { encoding: 'latin1', flag: 'r' }));
    await step(() => api.writeFile(dir + '/missing/file', 'new'));
    await step(() => api.writeFile(dir + '/file', 'new'));
    await step(() => api.stat(dir + '/missing'));
    await step(() => api.readdir(dir, { withFileTypes: true }));
    await step(() => api.unlink(dir + '/missing'));
    await step(() => api.readFile(dir + '/file', { signal }));
    await step(() => api.readFile(Buffer.from(dir + '/file')));
    const handle = await api.open(dir + '/file', 'r+');
    await step(() => handle.read(Buffer.alloc(3)));
    await step(() => handle.write(Buffer.from('abc'), 0, 3, 0));
    await step(() => handle.readFile());
    await step(() => handle.close());
    await step(() => cb(apiFs.readFile, dir + '/missing'));
    await step(() => cb(apiFs.stat, dir + '/file'));
    return outcomes;`;

  test.each([
    ['Map.prototype.get', throws],
    ['Set.prototype.has', throws],
    ['globalThis.Promise', 'undefined'],
    ['globalThis.Promise', "class extends Promise { constructor() { throw new Error('replaced'); } }"],
    ['globalThis.Uint8Array', 'undefined'],
    ['globalThis.AbortSignal', 'undefined'],
    ['globalThis.URL', 'undefined'],
    ['String.prototype.toWellFormed', throws],
  ])('%s = %s', async (name, value) => {
    const body = `const { signal } = new AbortController(); ${calls}`;
    const [ours, node] = await bothUnder(replaced(name, value), body);
    expect(ours).toEqual(node);
  });

  testBeyondNode('keeps no op from its end', async () => {
    const dir = tempDir();
    const script = `
      const file = process.env.DIR + '/file';
      const outcome = (promise) => promise.then(() => 'done', (error) => error.message ?? error);
      (async () => {
        await subject.writeFile(file, 'content');
        const set = Set.prototype.delete;
        const { signal } = new AbortController();
        // The first takes its listener from the signal when it ends.
        const calls = [subject.writeFile(file, 'new', { signal }), subject.writeFile(file + 2, ''), subject.unlink(file + 3)].map(outcome);
        Set.prototype.delete = () => { throw new Error('replaced'); };
        const outcomes = (await Promise.all(calls)).map((text) => text.slice(0, 6));
        Set.prototype.delete = set;
        outcomes.push(await outcome(subject.writeFile(file, 'newer')), await subject.readFile(file, 'utf8'));
        console.log(outcomes.join());
      })();`;
    expect(await runChild(script, { dir })).toEqual({
      code: 0,
      stdout: 'done,done,ENOENT,done,newer\n',
      stderr: '',
    });
  });
});
