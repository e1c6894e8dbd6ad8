// What the tests meet of the sources: of the engine by its own C++ tests, of core and fs-compat by jest. Ends with 1 below
// the shares that stand here, or if a test failed. `--only=cpp|ts` takes one half, `--faults` the nth-fault loop in full,
// `--unmet` prints where the branches are that nothing met, `--again` reports the last run's counts.
import { parseArgs } from 'node:util';
import { engineCoverage } from './lib/coverage-cpp.mjs';
import { printTable } from './lib/coverage-table.mjs';
import { typeScriptCoverage } from './lib/coverage-ts.mjs';
import { ensure } from './lib/ensure.mjs';
import { prepareTests } from './lib/prepare-tests.mjs';
import { main, Stop, say } from './lib/run.mjs';

/** The least share of the branches that must be met, in percent. */
const LEAST = { engine: 95, core: 95, 'fs-compat': 90 };

function judge(name, files, unmet) {
  const { branches } = printTable(`${name}, what its tests meet`, files);
  if (unmet) {
    for (const file of files.filter((one) => one.unmet.length > 0)) {
      process.stdout.write(`${file.name}: ${file.unmet.join(', ')}\n`);
    }
  }
  if (branches >= LEAST[name]) return true;
  say(`${name}: ${branches.toFixed(1)} % of the branches, and ${LEAST[name]} % are wanted`);
  return false;
}

await main(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      faults: { type: 'boolean', default: false },
      unmet: { type: 'boolean', default: false },
      again: { type: 'boolean', default: false },
    },
  });
  const { faults, unmet, again } = values;
  if (!ensure(['build', 'test', 'coverage']).native) throw new Stop('there is no engine on this platform');
  if (faults) process.env.RINGFS_FAULTS = 'all';
  const oks = [];
  if (values.only !== 'ts') {
    const { passed, files } = engineCoverage({ again });
    oks.push(passed, judge('engine', files, unmet));
  }
  if (values.only !== 'cpp') {
    if (!again) prepareTests();
    const { passed, packages } = await typeScriptCoverage(['core', 'fs-compat'], { again });
    oks.push(passed, ...Object.entries(packages).map(([name, files]) => judge(name, files, unmet)));
  }
  if (oks.includes(false)) throw new Stop('below what is wanted, or a test failed');
});
