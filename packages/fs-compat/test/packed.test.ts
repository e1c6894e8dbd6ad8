// What is published works: the tarballs of the three packages, installed into an empty folder elsewhere. And so does
// what a workspace package sees.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const pnpm = path.join(root, '.tools/node_modules/.bin/pnpm');
const names = ['native', 'core', 'fs-compat'] as const;

/** Where there is no addon there is nothing to pack: see packages/native/scripts/check-addon.mjs. */
const withAddon = process.env.RINGFS_TEST_WITHOUT_ADDON === undefined ? describe : describe.skip;

jest.setTimeout(120_000);

const run = (command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): string =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Programs as somebody would type them, and what they print. */
const snippets: [string, string[], string][] = [
  [
    'require of the two entry points',
    [
      '-e',
      `const fs = require('@ringfs/fs-compat');
       const promises = require('@ringfs/fs-compat/promises');
       fs.readFile(process.argv[1], 'utf8', async (error, text) => {
         console.log(text, fs.promises === promises, await promises.readFile(process.argv[1], 'utf8'));
       });`,
    ],
    'content true content\n',
  ],
  [
    'named imports',
    [
      '--input-type=module',
      '-e',
      `import fs, { createReadStream, promises, readFileSync } from '@ringfs/fs-compat';
       import fsp, { readFile } from '@ringfs/fs-compat/promises';
       let text = '';
       for await (const chunk of createReadStream(process.argv[1], 'utf8')) text += chunk;
       console.log(text, await readFile(process.argv[1], 'utf8'), promises === fsp, fs.promises === fsp, readFileSync(process.argv[1], 'utf8'));`,
    ],
    'content content true true content\n',
  ],
  [
    'what it runs on',
    [
      '-e',
      `require('@ringfs/fs-compat/promises').readFile(process.argv[1]).then(() => {
         const { load } = require(require.resolve('@ringfs/native', { paths: [require.resolve('@ringfs/core', { paths: [require.resolve('@ringfs/fs-compat')] })] }));
         console.log(load().addon === null ? load().reason : 'the addon');
       });`,
    ],
    'the addon\n',
  ],
];

withAddon('the tarballs, installed elsewhere', () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'ringfs-packed-'));
  const project = path.join(home, 'project');
  const file = path.join(home, 'file');
  const tarballs: Record<string, string> = {};

  beforeAll(() => {
    fs.writeFileSync(file, 'content');
    for (const name of names) {
      const printed = run(
        pnpm,
        ['pack', '--json', '--pack-destination', home],
        path.join(root, 'packages', name),
      );
      tarballs[name] = (JSON.parse(printed) as { filename: string }).filename;
    }
    fs.mkdirSync(project);
    const dependencies = Object.fromEntries(
      names.map((name) => [`@ringfs/${name}`, `file:${tarballs[name]}`]),
    );
    fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true, dependencies }));
    // Offline, with a store of its own: nothing but the tarballs is needed.
    const env = { npm_config_cache: path.join(home, 'cache') };
    run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error'], project, env);
  });

  afterAll(() => fs.rmSync(home, { recursive: true, force: true }));

  test.each(snippets)('%s', (_name, args, expected) => {
    expect(run(process.execPath, [...args, file], project)).toBe(expected);
  });

  test('hold what is needed, and nothing of the tests or of the build', () => {
    const listed = (name: string): string[] =>
      run('tar', ['-tzf', tarballs[name] as string], home)
        .trim()
        .split('\n');
    for (const name of names) {
      const files = listed(name);
      expect(files).toEqual(
        expect.arrayContaining([
          'package/package.json',
          'package/bundle/index.js',
          'package/dist/index.d.ts',
        ]),
      );
      expect(files.filter((each) => /test|tsbuildinfo|\.log$|node_modules/.test(each))).toEqual([]);
    }
    expect(listed('native')).toContain('package/build/Release/ringfs.node');
    expect(listed('core')).toContain('package/bundle/internal.js');
    expect(listed('fs-compat')).toEqual(
      expect.arrayContaining([
        'package/bundle/all.js',
        'package/bundle/fs.js',
        'package/types/index.d.mts',
        'package/types/promises.d.ts',
        'package/bundle/promises.mjs',
        'package/bundle/promises.node.mjs',
        'package/bundle/index.node.mjs',
      ]),
    );
  });

  test('name each other by version, and types before all else', () => {
    const manifest = (name: string) =>
      JSON.parse(fs.readFileSync(path.join(project, 'node_modules/@ringfs', name, 'package.json'), 'utf8'));
    expect(manifest('fs-compat').dependencies).toEqual({ '@ringfs/core': manifest('core').version });
    expect(manifest('core').dependencies).toEqual({ '@ringfs/native': manifest('native').version });
    for (const name of names) {
      const conditions = Object.values(manifest(name).exports).filter((entry) => typeof entry === 'object');
      const innermost = conditions.flatMap((entry) => [entry, ...Object.values(entry as object)]);
      const typed = innermost.filter((entry) => typeof entry === 'object' && 'types' in entry);
      for (const entry of typed) {
        expect(Object.keys(entry)[0]).toBe('types');
        const types = path.join(project, 'node_modules/@ringfs', name, entry.types as string);
        expect([types, fs.existsSync(types)]).toEqual([types, true]);
      }
    }
  });
});

describe('a workspace package', () => {
  test.each(snippets.slice(0, 2))('%s', (_name, args, expected) => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'ringfs-workspace-'));
    try {
      fs.writeFileSync(path.join(home, 'file'), 'content');
      const cwd = path.join(root, 'examples/commonjs');
      expect(run(process.execPath, [...args, path.join(home, 'file')], cwd)).toBe(expected);
    } finally {
      fs.rmSync(home, { recursive: true, force: true });
    }
  });
});
