// @ringfs/fs-compat looks like the running Node's fs from outside, and loading it changes nothing else.
import { runChild, subjectFs, subjectFsSpecifier, untyped } from '../support/subject';

import fs = require('node:fs');

const names = Object.keys(Object.getOwnPropertyDescriptors(fs));

/** Without asking the getters: some of them warn of deprecation. */
const property = (module: object, name: string) => {
  const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(module, name) ?? {};
  const look = { type: typeof value, name: undefined, length: undefined, members: [] as string[] };
  if (typeof value === 'function') {
    Object.assign(look, { name: value.name, length: value.length });
    // A sloppy function has two more: jest's own file library has put one in the place of fs.close.
    const own = Reflect.ownKeys(value).filter((key) => key !== 'arguments' && key !== 'caller');
    look.members = own.map(String).sort();
  }
  return { ...flags, ...look, get: typeof get, set: typeof set };
};

test('the names are those of the running Node, in its order', () => {
  expect(Object.keys(subjectFs)).toEqual(Object.keys(fs));
  expect(Object.keys(Object.getOwnPropertyDescriptors(subjectFs))).toEqual(names);
});

test.each(names)('%s is there, of the same kind', (name) => {
  expect(property(subjectFs, name)).toEqual(property(fs, name));
});

test('synchronous functions, classes and constants are Node’s own', () => {
  for (const name of names.filter((each) => each.endsWith('Sync')))
    expect([name, untyped(subjectFs)[name]]).toEqual([name, untyped(fs)[name]]);
  for (const name of ['Stats', 'Dirent', 'Dir', 'constants', 'watch', 'watchFile', 'unwatchFile'])
    expect([name, untyped(subjectFs)[name] === untyped(fs)[name]]).toEqual([name, true]);
});

test('import and require give the same functions and the same names', async () => {
  const script = `
    import { createRequire } from 'node:module';
    import * as namespace from '${subjectFsSpecifier}';
    import standard, { readFile, promises, ReadStream, constants, readFileSync } from '${subjectFsSpecifier}';
    import * as bare from 'node:fs';
    const require = createRequire(process.cwd() + '/');
    const required = require('${subjectFsSpecifier}');
    const names = (object) => Object.keys(object).filter((name) => name !== 'module.exports').sort().join();
    // Static names: what not every Node has, and is ours, is Node's own as a named import.
    const versionBound = ['glob', 'openAsBlob'];
    const different = Object.keys(required).filter((name) => !versionBound.includes(name) && namespace[name] !== required[name]);
    console.log(names(namespace) === names(bare), standard === required, different.join(), readFile === required.readFile,
      promises === required.promises, ReadStream === required.ReadStream, constants === bare.constants, readFileSync === bare.readFileSync);`;
  expect(await runChild(script, { flags: ['--input-type=module'] })).toEqual({
    code: 0,
    stdout: 'true true  true true true true true\n',
    stderr: '',
  });
});

test('loading it warns of nothing, and asks no getter that does', async () => {
  const script = `
    const fs = require(process.env.FS_SPECIFIER);
    console.log(fs.promises === require(process.env.SUBJECT_SPECIFIER), require('node:fs').promises === require('node:fs/promises'));`;
  expect(await runChild(script, { flags: ['--pending-deprecation', '--trace-warnings'] })).toEqual({
    code: 0,
    stdout: 'true true\n',
    stderr: '',
  });
});
