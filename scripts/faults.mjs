// The nth-fault loop in full; `npm test` takes samples. First the engine: every op, on every lane, with each errno, once
// and for good. Then the public calls, of promises, callbacks, FileHandle and core, on every lane and backend.
//   --only=engine|calls    one of the two
//   --case=TEXT --plan=TEXT --one-in=N --seed=N   some of the public calls (packages/fs-compat/test/faults/main.ts)
//   --node=26              a major, or the path of a binary, for the public calls
// Other arguments are flavours of the engine tests; RINGFS_FAULT_CASE='readFile' in front takes some ops.
import { parseArgs } from 'node:util';
import { askedNode } from './lib/nodes.mjs';
import { prepareTests } from './lib/prepare-tests.mjs';
import { publicFaults } from './lib/public-faults.mjs';
import { main, Stop } from './lib/run.mjs';
import { engineTests } from './lib/tests.mjs';

const { values, positionals } = parseArgs({
  options: {
    only: { type: 'string' },
    case: { type: 'string' },
    plan: { type: 'string' },
    'one-in': { type: 'string' },
    seed: { type: 'string' },
    node: { type: 'string' },
  },
  allowPositionals: true,
});
const wants = (kind) => values.only === undefined || values.only === kind;

function engine() {
  process.env.RINGFS_FAULTS = 'all';
  return engineTests([...(positionals.length > 0 ? positionals : ['plain']), '--test-case=nth fault*']);
}

await main(async () => {
  if (!prepareTests()) throw new Stop('there is no engine on this platform');
  const results = [];
  if (wants('engine')) results.push(engine());
  if (wants('calls')) {
    const given = ['case', 'plan', 'one-in', 'seed'].filter((name) => values[name] !== undefined);
    results.push(
      await publicFaults(
        askedNode(values.node),
        given.map((name) => `--${name}=${values[name]}`),
      ),
    );
  }
  const sum = (what) => results.reduce((total, result) => total + result[what], 0);
  process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed\n`);
  process.exitCode = sum('failed') === 0 ? 0 : 1;
});
