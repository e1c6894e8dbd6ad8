// Everything `npm test` checks, from a fresh clone on: set-up, build, lint, engine tests (plain, ASAN, TSAN), jest.
//   --only=jest | --only=engine   one kind; arguments after it go to jest, or name flavours
// Whatever failed is told once more at the end, where whoever looks at a long log finds it. The last line is always
// `N passed, N failed`.
import { parseArgs } from 'node:util';
import { ensure } from './lib/ensure.mjs';
import { lint } from './lib/lint.mjs';
import { prepareTests } from './lib/prepare-tests.mjs';
import { main, say } from './lib/run.mjs';
import { engineTests, jestTests } from './lib/tests.mjs';

const { values, positionals } = parseArgs({
  options: { only: { type: 'string' } },
  allowPositionals: true,
  strict: false,
});
const args = [
  ...positionals,
  ...Object.entries(values)
    .filter(([name]) => name !== 'only')
    .map(asOption),
];
const LONGEST_TEXT = 1_500;
const wants = (kind) => values.only === undefined || values.only === kind;

function asOption([name, value]) {
  return value === true ? `--${name}` : `--${name}=${value}`;
}

function prepare() {
  return wants('jest') ? prepareTests() : ensure(['build', 'test']).native;
}

function* results(native) {
  if (values.only === undefined)
    yield ['lint', { passed: 0, failed: lint({ cpp: false }) ? 0 : 1, failures: [] }];
  if (wants('engine') && native) yield ['engine tests', engineTests(args)];
  if (wants('jest')) yield ['jest', jestTests({ native, args })];
}

function shortened(text) {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)} ...` : text;
}

let passed = 0;
let failed = 0;
const failures = [];

await main(() => {
  // A broken build is a failed run too, and has to end with the same line.
  failed = 1;
  const native = prepare();
  failed = 0;
  for (const [name, result] of results(native)) {
    if (result.failed > 0) say(`FAILED: ${name}`);
    passed += result.passed;
    failed += result.failed;
    for (const text of result.failures) failures.push(`FAILED: ${name}: ${shortened(text)}`);
  }
});

for (const text of failures) say(text);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
