// Scripts in processes of their own: a backend is chosen once a process, and counters are of one runtime.
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export const packageDir = path.resolve(__dirname, '..');
export const hasAddon = process.env.RINGFS_TEST_WITHOUT_ADDON === undefined;

export interface Ended {
  code: number | string;
  stdout: string;
  stderr: string;
}

export function child(
  source: string,
  env: Record<string, string> = {},
  flags: string[] = [],
): Promise<Ended> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(RINGFS_|JEST_|NODE_)/.test(name));
  const options = { cwd: packageDir, env: { ...Object.fromEntries(inherited), ...env }, timeout: 20_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, [...flags, '-e', source], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? 'failed'), stdout, stderr });
    });
  });
}

/** What the body of an async function returns in a child, in which `core` is the package and `told` describes errors. */
export async function inChild<T>(
  body: string,
  env: Record<string, string> = {},
  flags: string[] = [],
): Promise<T> {
  const source = `
    const core = require('@ringfs/core');
    const fs = require('node:fs');
    const told = (error) => ({ code: error.code, message: error.message, name: error.name });
    (async () => { ${body} })().then((value) => console.log(JSON.stringify(value)));`;
  const ended = await child(source, env, flags);
  if (ended.code !== 0) throw new Error(`ended with ${ended.code}: ${ended.stdout}${ended.stderr}`);
  return JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '') as T;
}

let home = '';
let count = 0;

/** A fresh folder on the checkout's own filesystem; removed after the test file. */
export function tempDir(): string {
  if (home === '') home = fs.mkdtempSync(path.join(path.resolve(__dirname), `tmp-${process.pid}-`));
  const dir = path.join(home, `${++count}`);
  fs.mkdirSync(dir);
  return dir;
}

afterAll(() => {
  if (home !== '') fs.rmSync(home, { recursive: true, force: true });
});

export const kernel = os.release();
