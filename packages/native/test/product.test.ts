import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';

const addon = path.resolve(__dirname, '../build/Release/ringfs.node');
const withAddon = process.env.RINGFS_TEST_WITHOUT_ADDON === undefined ? test : test.skip;

describe('the addon that users get', () => {
  withAddon('holds nothing of the fault plan', () => {
    const bytes = readFileSync(addon, 'latin1');
    expect(bytes).not.toMatch(/__wrap_|__real_|ringfs4test/);
  });

  withAddon('stays loaded while a thread of its own may run (nodelete), and needs nothing but libc', () => {
    const dynamic = execFileSync('readelf', ['--dynamic', addon], { encoding: 'utf8' });
    expect(dynamic).toMatch(/NODELETE/);
    const needed = [...dynamic.matchAll(/Shared library: \[(.*?)\]/g)].map((match) => match[1]);
    expect(
      needed.filter(
        (name) => !/^(libc|libm|libstdc\+\+|libgcc_s|libpthread|ld-linux.*)\.so/.test(name ?? ''),
      ),
    ).toEqual([]);
  });
});
