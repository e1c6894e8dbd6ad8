import { execFileSync } from 'node:child_process';
import path from 'node:path';

const packages = path.resolve(__dirname, '../..');

interface Faces {
  names: number;
  onlyInRequire: string[];
  different: string[];
}

/**
 * Compares what `import` and `require` of an entry point see. A package must not load twice: there would be two
 * runtimes. It runs in a process of its own, because jest's sandbox has no ES modules. Without addons Node takes the face
 * that bundlers take.
 */
function faces(folder: string, entry: string, flags: string[]): Faces {
  const script = `
    import * as imported from ${JSON.stringify(entry)};
    import { createRequire } from 'node:module';
    const required = createRequire(process.cwd() + '/any.js')(${JSON.stringify(entry)});
    // Static names: what not every Node has, and is ours, is Node's own as a named import.
    const versionBound = ['mkdtempDisposable'];
    const names = Object.keys(required).filter((name) => ![...versionBound, '__esModule', 'default'].includes(name));
    console.log(JSON.stringify({
      names: names.length,
      onlyInRequire: names.filter((name) => !(name in imported)),
      different: names.filter((name) => name in imported && imported[name] !== required[name]),
    }));`;
  const args = [...flags, '--input-type=module', '--eval', script];
  const cwd = path.join(packages, folder);
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }));
}

describe.each([
  ['native', '@ringfs/native'],
  ['core', '@ringfs/core'],
  ['fs-compat', '@ringfs/fs-compat'],
  ['fs-compat', '@ringfs/fs-compat/promises'],
])('%s: %s', (folder, entry) => {
  it.each([[[]], [['--no-addons']]])(
    'hands the same objects to import and require, with flags %p',
    (flags) => {
      const { names, onlyInRequire, different } = faces(folder, entry, flags);
      expect({ onlyInRequire, different }).toEqual({ onlyInRequire: [], different: [] });
      expect(names).toBeGreaterThan(0);
    },
  );
});

/** The functions whose name, which every stack shows, is not the one they are exported by. */
function misnamed(folder: string, entry: string): string[] {
  const script = `
    const all = require(${JSON.stringify(entry)});
    const wrong = Object.entries(all).filter(([name, value]) => typeof value === 'function' && value.name !== name);
    console.log(JSON.stringify(wrong.map(([name, { name: own }]) => name + ': ' + own)));`;
  const cwd = path.join(packages, folder);
  return JSON.parse(execFileSync(process.execPath, ['--eval', script], { cwd, encoding: 'utf8' }));
}

it.each([
  ['core', '@ringfs/core', 'nothing'],
  ['fs-compat', '@ringfs/fs-compat', 'node:fs'],
  ['fs-compat', '@ringfs/fs-compat/promises', 'node:fs/promises'],
])(
  '%s: functions of %s have the names of their exports, but for what %s names otherwise',
  (folder, entry, as) => {
    expect(misnamed(folder, entry)).toEqual(as === 'nothing' ? [] : misnamed(folder, as));
  },
);
