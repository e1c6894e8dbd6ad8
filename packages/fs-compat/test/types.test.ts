// The public types are those of node:fs and node:fs/promises in every version of @types/node: the compiler says so.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';

const packageDir = path.resolve(__dirname, '..');
const sources = path.join(packageDir, 'test-types');
const tsc = path.resolve(packageDir, '../../node_modules/typescript/bin/tsc');
const home = fs.mkdtempSync(path.join(packageDir, 'dist-test/types-'));

// A compiler a test: seconds on a machine that has more to do.
jest.setTimeout(60_000);

afterAll(() => fs.rmSync(home, { recursive: true, force: true }));

const resolutions = {
  node16: { module: 'node16', moduleResolution: 'node16', files: ['consumer.mts', 'consumer.cts'] },
  bundler: { module: 'esnext', moduleResolution: 'bundler', files: ['bundled.ts', 'consumer.mts'] },
};

describe.each(['20', '22', '24', '26'])('@types/node %s', (major) => {
  test.each(Object.entries(resolutions))('with moduleResolution %s', (name, { files, ...options }) => {
    const roots = path.join(home, major);
    fs.mkdirSync(roots, { recursive: true });
    const types = path.join(roots, 'node');
    if (!fs.existsSync(types)) fs.symlinkSync(fs.realpathSync(aliased(major)), types);
    expect(JSON.parse(fs.readFileSync(`${types}/package.json`, 'utf8')).version).toMatch(
      RegExp(`^${major}\\.`),
    );
    const project = path.join(home, `${major}-${name}.json`);
    const compilerOptions = {
      ...options,
      target: 'es2022',
      lib: ['esnext'],
      strict: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [roots],
    };
    fs.writeFileSync(
      project,
      JSON.stringify({ compilerOptions, files: files.map((file) => path.join(sources, file)) }),
    );
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});

function aliased(major: string): string {
  return path.join(packageDir, 'node_modules/@types', `node-${major}`);
}
