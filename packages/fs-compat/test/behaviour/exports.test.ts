// The module looks like the running Node's fs/promises from outside, and importing it changes nothing else.
import * as fs from 'node:fs';
import { bare, fsp, runChild, subjectSpecifier, tempDir, untyped } from '../support/subject';

const names = Object.keys(bare);
const functions = names.filter((name) => typeof untyped(bare)[name] === 'function');
const described = (module: unknown, name: string) => {
  const { value, get, enumerable } = Object.getOwnPropertyDescriptor(module, name) ?? {};
  return {
    there: Object.hasOwn(module as object, name),
    type: typeof (value ?? get?.call(module)),
    enumerable,
  };
};

describe('names', () => {
  test('the names are those of the running Node', () => {
    expect(Object.keys(fsp).sort()).toEqual([...names].sort());
  });

  test.each(names)('%s is there, of the same type, enumerable', (name) => {
    expect(described(fsp, name)).toEqual(described(bare, name));
  });

  test('there is no default and no __esModule to be seen among the names', () => {
    expect(Object.keys(fsp)).not.toContain('default');
    expect(Object.keys(fsp)).not.toContain('__esModule');
  });
});

describe('functions', () => {
  test.each(functions)('%s has the name, the length and the kind of Node’s', (name) => {
    const look = (api: unknown) => {
      const it = untyped(api)[name] as (...args: unknown[]) => unknown;
      return {
        name: it.name,
        length: it.length,
        kind: it.constructor.name,
        tag: Object.prototype.toString.call(it),
        newable: Object.hasOwn(it, 'prototype'),
      };
    };
    expect(look(fsp)).toEqual(look(bare));
  });

  test.each(functions)('%s does not show its name, length or other members by enumeration', (name) => {
    expect(Object.keys(untyped(fsp)[name])).toEqual(Object.keys(untyped(bare)[name]));
  });
});

describe('constants', () => {
  test('constants are the running Node’s, to the last key', () => {
    expect({ ...fsp.constants }).toEqual({ ...bare.constants });
    expect(Object.keys(fsp.constants)).toEqual(Object.keys(bare.constants));
    expect(fsp.constants.O_RDONLY).toBe(fs.constants.O_RDONLY);
  });
});

describe('loading', () => {
  test('loading it changes nothing in fs, fs/promises, process or the globals', async () => {
    const script = `
      const fs = require('node:fs');
      const bare = require('node:fs/promises');
      // Node itself adds undici's symbols to the globals, whenever it first needs them.
      const own = (object) => Reflect.ownKeys(object).filter((key) => !String(key).startsWith('Symbol(undici.'));
      const look = (object) => JSON.stringify(own(object).map((key) => {
        const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(object, key);
        return [String(key), flags];
      }));
      const values = (object) => Reflect.ownKeys(object).map((key) => Object.getOwnPropertyDescriptor(object, key).value);
      const listeners = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)]).join();
      const all = [fs, bare, process, globalThis, Promise, Promise.prototype, Error, Buffer, Object.getPrototypeOf(process)];
      const before = all.map(look), were = all.slice(0, 2).map(values), heard = listeners();
      const subject = require(process.env.SUBJECT_SPECIFIER);
      if (fs.promises !== bare || require('fs/promises') !== bare) throw new Error('fs.promises was replaced');
      all.forEach((object, i) => { if (look(object) !== before[i]) throw new Error('object ' + i + ' was changed'); });
      all.slice(0, 2).forEach((object, i) => values(object).forEach((value, j) => {
        if (!Object.is(value, were[i][j])) throw new Error('a value was replaced: ' + i + ' ' + j);
      }));
      if (listeners() !== heard) throw new Error('listeners');
      if (subject !== require(process.env.SUBJECT_SPECIFIER)) throw new Error('two copies');
      console.log('unchanged');`;
    expect(await runChild(script, { unloaded: true })).toEqual({
      code: 0,
      stdout: 'unchanged\n',
      stderr: '',
    });
  });

  test('loading it warns of nothing, starts no thread, opens no descriptor, and lets the process end', async () => {
    const count = `
      const fs = require('node:fs');
      console.log(fs.readdirSync('/proc/self/task').length, fs.readdirSync('/proc/self/fd').length, process.getActiveResourcesInfo().length);`;
    const without = await runChild(count, { unloaded: true });
    expect(without.code).toBe(0);
    expect(await runChild(count, { flags: ['--trace-warnings'] })).toEqual({
      code: 0,
      stdout: without.stdout,
      stderr: '',
    });
  });

  test('after work has been done the process ends by itself, with exit code 0', async () => {
    const dir = tempDir();
    const script = `
      (async () => {
        const file = process.env.DIR + '/file';
        await subject.writeFile(file, 'x');
        const handle = await subject.open(file);
        await handle.stat();
        await handle.close();
        console.log(await subject.readFile(file, 'utf8'));
      })();`;
    expect(await runChild(script, { dir })).toEqual({ code: 0, stdout: 'x\n', stderr: '' });
  });

  test('the process does not end before its last call has settled', async () => {
    const dir = tempDir();
    const script = `subject.writeFile(process.env.DIR + '/file', Buffer.alloc(3 << 20)).then(() => subject.readFile(process.env.DIR + '/file')).then((data) => console.log(data.length));`;
    expect(await runChild(script, { dir })).toEqual({ code: 0, stdout: `${3 << 20}\n`, stderr: '' });
  });

  test('an error that nobody catches ends the process with code 1 and names the file', async () => {
    const { code, stderr } = await runChild(`subject.readFile('/no/such/file');`);
    expect(code).toBe(1);
    expect(stderr).toContain("ENOENT: no such file or directory, open '/no/such/file'");
  });

  test('import and require give the same functions and the same names', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import * as namespace from '${subjectSpecifier}';
      import standard, { readFile } from '${subjectSpecifier}';
      import * as bare from 'node:fs/promises';
      const require = createRequire(process.cwd() + '/');
      const required = require('${subjectSpecifier}');
      const names = (object) => Object.keys(object).filter((name) => name !== 'module.exports').sort().join();
      console.log(names(namespace) === names(bare), readFile === required.readFile, standard.readFile === readFile, names(standard) === names(bare.default));`;
    expect(await runChild(script, { flags: ['--input-type=module'] })).toEqual({
      code: 0,
      stdout: 'true true true true\n',
      stderr: '',
    });
  });

  test('a worker thread loads and uses it too, and ends', async () => {
    const dir = tempDir();
    fs.writeFileSync(`${dir}/file`, 'from the worker');
    const script = `
      const { Worker } = require('node:worker_threads');
      const worker = new Worker("require(process.env.SUBJECT_SPECIFIER).readFile(process.env.DIR + '/file', 'utf8').then(console.log)", { eval: true });
      worker.on('exit', (code) => subject.readFile(process.env.DIR + '/file', 'utf8').then((text) => console.log(code, text)));`;
    expect(await runChild(script, { dir })).toEqual({
      code: 0,
      stdout: 'from the worker\n0 from the worker\n',
      stderr: '',
    });
  });
});
