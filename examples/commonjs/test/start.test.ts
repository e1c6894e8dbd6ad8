import { execFileSync } from 'node:child_process';
import path from 'node:path';

it('runs as CommonJS', () => {
  const output = execFileSync(process.execPath, [path.join(__dirname, '../main.js')], { encoding: 'utf8' });
  expect(output).toMatch(/^\d+ lines, \d+ bytes, read through (io_uring|threads|node)\n$/);
});
