import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const main = path.resolve(__dirname, '../dist/main.js');
let base: string;

beforeEach(() => {
  // In memory where there is such a place: other tests keep the disk busy.
  const parent = existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
  base = mkdtempSync(path.join(parent, 'ringfs-bench-test-'));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

function bench(...args: string[]) {
  const out = path.join(base, 'out');
  const quick = ['--rounds', '1', '--round-ms', '20', '--dir', base, '--out', out];
  return spawnSync(process.execPath, [main, ...quick, ...args], { encoding: 'utf8', timeout: 60_000 });
}

it('measures rows, writes tables, numbers and pictures, and cleans up', () => {
  const { status, stdout } = bench(
    '--rows',
    'mkdir-rmdir-c16,stat-c1',
    '--subjects',
    'node,ringfs,node-sync',
  );
  expect(status).toBe(0);
  expect(stdout).toContain('against the goals');

  const report = JSON.parse(readFileSync(path.join(base, 'out/latest.json'), 'utf8'));
  const [{ rows }] = report.sections;
  expect(
    rows.map(({ row, subjects }: { row: string; subjects: object }) => [row, Object.keys(subjects).sort()]),
  ).toEqual([
    ['stat-c1', ['node', 'node-sync', 'ringfs']],
    ['mkdir-rmdir-c16', ['node', 'ringfs']],
  ]);
  for (const { subjects, verdict } of rows) {
    expect(subjects.ringfs.wallUs.median).toBeGreaterThan(0);
    expect(subjects.ringfs.delay.p99Ms).toBeGreaterThan(0);
    expect(verdict.bestPeer).toBe('node');
    expect(typeof verdict.speedMet).toBe('boolean');
  }
  expect(readFileSync(path.join(base, 'out/latest-rows.svg'), 'utf8')).toContain('mkdir-rmdir-c16');
  expect(readFileSync(path.join(base, 'out/latest.md'), 'utf8')).toContain('| mkdir-rmdir-c16 | node |');
  expect(readdirSync(base)).toEqual(['out']);
});

it('names an unknown row, subject, part or host', () => {
  expect(bench('--rows', 'readFiles').stderr).toContain('no row is called readFiles');
  expect(bench('--subjects', 'node,nobody').stderr).toContain('no subject is called nobody');
  expect(bench('--parts', 'half').stderr).toContain('no part is called half');
  expect(bench('--report', 'node8').stderr).toContain('not one of node20');
});

it('ends with a failure, not a hang, when a subject cannot be started', () => {
  const { status, stdout } = bench('--rows', 'stat-c1', '--host', '/no/such/node');
  expect(status).toBe(1);
  expect(stdout).toContain('FAILED rows stat-c1: ringfs');
});
