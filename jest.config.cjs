// jest runs what `tsc -b` emitted: TypeScript 7 has no JavaScript API for ts-jest to call.
// Stack traces still show TypeScript lines, because jest reads the source maps beside the files.

const shared = {
  rootDir: __dirname,
  testEnvironment: '<rootDir>/jest/lane-environment.cjs',
  transform: {},
  // Only compiled output is looked at; `dist-test` holds copies of nothing, so haste has nothing to confuse.
  modulePathIgnorePatterns: ['<rootDir>/.tools/', '/build/', '/build-test/'],
  moduleFileExtensions: ['js', 'cjs', 'json', 'node'],
};

/** The same behaviour suite runs once per subject: bare Node as the yardstick, then every lane of ringfs. */
const subjects = {
  node: { RINGFS_SUBJECT: 'node' },
  auto: { RINGFS_SUBJECT: 'ringfs' },
  cached: { RINGFS_SUBJECT: 'ringfs', RINGFS_LANE: 'cached' },
  ring: { RINGFS_SUBJECT: 'ringfs', RINGFS_LANE: 'ring' },
  blocking: { RINGFS_SUBJECT: 'ringfs', RINGFS_LANE: 'blocking' },
  threads: { RINGFS_SUBJECT: 'ringfs', RINGFS_BACKEND: 'threads' },
  'node-backend': { RINGFS_SUBJECT: 'ringfs', RINGFS_BACKEND: 'node' },
};

// Without the addon (not Linux, or no liburing) these are the subjects that exist. Said by scripts/test.mjs, never
// guessed from a missing file: a build that broke must fail, not quietly test less.
const withoutAddon = ['node', 'auto', 'node-backend'];

const chosen = Object.entries(subjects).filter(
  ([name]) => process.env.RINGFS_TEST_WITHOUT_ADDON === undefined || withoutAddon.includes(name),
);

// What the lanes do differently. `npm test` runs the whole suite with what is the default here and with plain threads,
// these files with every other subject; RINGFS_EVERY_LANE (test:matrix, and jest with arguments) the whole with each.
const whole = ['auto', 'threads'];
const laneFiles =
  '{read-file,write-file,file-handle,metadata,signal,hostile-buffers,lane-served,handle-life,streams-and-devices}';

const filesOf = (name) =>
  `<rootDir>/packages/fs-compat/dist-test/behaviour/**/${
    whole.includes(name) || process.env.RINGFS_EVERY_LANE !== undefined ? '*' : laneFiles
  }.test.js`;

// Tests that measure or count, and want the machine for themselves.
const measured = 'cached-loop|ends|enters|fairness|fuse|kills|lifecycle|soak|workers|write-order';

/** @type {import('jest').Config} */
module.exports = {
  // A machine that is busy with something else is no failure; what never settles is.
  testTimeout: 20_000,
  projects: [
    {
      ...shared,
      displayName: 'packages',
      testMatch: [
        '<rootDir>/packages/{core,native}/dist-test/**/*.test.js',
        '<rootDir>/packages/fs-compat/dist-test/*.test.js',
        '<rootDir>/examples/*/dist-test/**/*.test.js',
        '<rootDir>/benchmarks/dist-test/**/*.test.js',
      ],
      testPathIgnorePatterns: ['/node_modules/', `/fs-compat/dist-test/(${measured})\\.test\\.js$`],
    },
    { ...shared, displayName: 'measured', testRegex: [`/fs-compat/dist-test/(${measured})\\.test\\.js$`] },
    ...chosen.map(([name, env]) => ({
      ...shared,
      displayName: name,
      testEnvironmentOptions: { env },
      testMatch: [filesOf(name)],
    })),
  ],
};
