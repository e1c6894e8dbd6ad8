import { execFileSync } from 'node:child_process';
import path from 'node:path';

it('runs as an ES module', () => {
  const output = execFileSync(process.execPath, [path.join(__dirname, '../dist/main.mjs')], {
    encoding: 'utf8',
  });
  expect(output).toMatch(/^\d+ lines, \d+ bytes, read through (io_uring|threads|node)\n$/);
});
