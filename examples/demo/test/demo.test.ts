import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// The package's own folder: compiled tests stand one level below it.
const home = path.resolve(__dirname, '..');
const main = path.join(home, 'dist/main.js');

let base: string;
let tree: string;
let out: string;

beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'ringfs-demo-test-'));
  tree = path.join(base, 'tree');
  out = path.join(base, 'out');
  mkdirSync(path.join(tree, 'deep/er'), { recursive: true });
  writeFileSync(path.join(tree, 'empty'), '');
  writeFileSync(path.join(tree, 'text'), 'hello');
  writeFileSync(path.join(tree, 'deep/er/large'), Buffer.alloc(3_000_000, 'ringfs'));
  for (let i = 0; i < 200; i++) writeFileSync(path.join(tree, `deep/file-${i}`), `content ${i}`);
  linkSync(path.join(tree, 'text'), path.join(tree, 'text-again'));
  symlinkSync('text', path.join(tree, 'text-link'));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

function demo(program: string, ...args: string[]) {
  return spawnSync(process.execPath, [program, '--tree', tree, '--out', out, '--rounds', '1', ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}

describe('the demo', () => {
  it('copies a tree with both subjects and shows a table and a picture', () => {
    const { status, stdout, stderr } = demo(main);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('203 files');
    expect(stdout).toContain('1 hard links left out');
    for (const text of [
      'node:fs/promises',
      'ringfs',
      'read (warm)',
      'write (new files)',
      'verify',
      'write (over old ones)',
      'speed-up',
      'kernel enters',
    ]) {
      expect(stdout).toContain(text);
    }
    expect(stdout).toContain('skipped (use --cold as root)');
    expect(stdout).toMatch(/ringfs ran on: (io_uring|threads|node)/);

    const picture = readFileSync(path.join(out, 'demo.svg'), 'utf8');
    expect(picture).toMatch(/^<svg/);
    expect(picture).toContain('read (warm)');
  });

  it('leaves nothing behind in the tree', () => {
    const before = readdirSync(tree, { recursive: true }).sort();
    demo(main);
    expect(readdirSync(tree, { recursive: true }).sort()).toEqual(before);
  });

  it('removes its copies when it is interrupted', async () => {
    const child = spawn(process.execPath, [main, '--tree', tree, '--out', out, '--rounds', '1000'], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    while (!existsSync(path.join(tree, '.cache/ringfs-demo', String(child.pid), 'job.json'))) await sleep(20);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(existsSync(path.join(tree, '.cache'))).toBe(false);
  }, 60_000); // it writes back what the whole machine has to write

  it('fails when a copy is corrupt', () => {
    const { status, stderr, stdout } = demo(path.join(__dirname, 'programs/corrupt.js'));
    expect(status).toBe(1);
    expect(stderr).toContain('the copy differs from its source');
    expect(stdout).not.toContain('speed-up');
  });

  it('fails when a subject corrupts a copy and hides it from itself', () => {
    const { status, stderr } = demo(path.join(__dirname, 'programs/hide.js'));
    expect(status).toBe(1);
    expect(stderr).toContain('tree hashes differ');
  });

  it('fails when a subject writes nothing over what is there', () => {
    const { status, stderr } = demo(path.join(__dirname, 'programs/idle.js'));
    expect(status).toBe(1);
    expect(stderr).toContain('tree hashes differ');
  });

  it('names an unknown option', () => {
    const { status, stderr } = demo(main, '--warm');
    expect(status).toBe(1);
    expect(stderr).toContain('--warm');
  });
});
