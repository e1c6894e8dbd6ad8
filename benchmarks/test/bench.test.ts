import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const main = path.resolve(__dirname, '../dist/main.js');
let base: string;

beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'ringfs-bench-test-'));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

function bench(...args: string[]) {
  const out = path.join(base, 'out');
  return spawnSync(process.execPath, [main, '--rounds', '1', '--dir', base, '--out', out, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}

it('measures rows, writes table, numbers and picture, and cleans up', () => {
  const { status, stdout } = bench('--rows', 'mkdir-rmdir-c16,open-close');
  expect(status).toBe(0);
  expect(stdout).toContain('ringfs is faster by');

  const report = JSON.parse(readFileSync(path.join(base, 'out/latest.json'), 'utf8'));
  expect(report.lines.map(({ row, subject }: { row: string; subject: string }) => [row, subject])).toEqual([
    ['open-close-c64', 'node'],
    ['open-close-c64', 'ringfs'],
    ['mkdir-rmdir-c16', 'node'],
    ['mkdir-rmdir-c16', 'ringfs'],
  ]);
  for (const { figures } of report.lines) expect(figures.wallUs.median).toBeGreaterThan(0);
  expect(readFileSync(path.join(base, 'out/latest.svg'), 'utf8')).toContain('open-close-c64');
  expect(readdirSync(base)).toEqual(['out']);
});

it('says which rows were skipped without --cold', () => {
  expect(bench('--rows', 'readFile-4k-cold,stat-c1').stdout).toContain(
    'skipped (use --cold as root): readFile-4k-cold-c256',
  );
});

it('names an unknown row or subject', () => {
  expect(bench('--rows', 'readFiles').stderr).toContain('no row is called readFiles');
  expect(bench('--subjects', 'node,nobody').stderr).toContain('no subject is called nobody');
});

it('ends with a failure, not a hang, when a subject cannot be started', () => {
  const { status, stdout } = bench('--rows', 'stat-c1', '--node', '/no/such/node');
  expect(status).toBe(1);
  expect(stdout).toContain('FAILED stat-c1');
});
