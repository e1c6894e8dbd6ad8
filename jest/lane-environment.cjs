// Sets the variables that pick the lane under test, before the first module of a test file loads.
//
// A `setupFiles` script would not do: it sees the sandbox's copy of process.env, which neither getenv() in the addon
// nor a child process inherits. An environment runs outside the sandbox, so it sets the real variables and the
// sandbox copies them. A worker runs one test file at a time, so they cannot mix.

const { TestEnvironment } = require('jest-environment-node');

module.exports = class LaneEnvironment extends TestEnvironment {
  constructor(config, context) {
    const restore = set(config.projectConfig.testEnvironmentOptions.env ?? {});
    // For the processes and workers that tests start: in here jest counts itself (jest/coverage-reporter.cjs).
    if (process.env.RINGFS_COVERAGE !== undefined) process.env.NODE_V8_COVERAGE = process.env.RINGFS_COVERAGE;
    super(config, context);
    this.restore = restore;
  }

  async teardown() {
    this.restore();
    await super.teardown();
  }
};

/** Sets these RINGFS_ variables and removes all others, so that the caller's own shell cannot pick the lane. */
function set(wanted) {
  const before = Object.entries(process.env).filter(([name]) => isOurs(name));
  replace(Object.entries(wanted));
  return () => replace(before);
}

function replace(entries) {
  for (const name of Object.keys(process.env)) if (isOurs(name)) delete process.env[name];
  for (const [name, value] of entries) process.env[name] = value;
}

function isOurs(name) {
  return ['RINGFS_SUBJECT', 'RINGFS_LANE', 'RINGFS_BACKEND'].includes(name);
}
