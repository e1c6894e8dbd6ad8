// Keeps what V8 counted in each test file as it came, one file of JSON each, in the form in which Node writes it for the
// processes that tests start: the two are merged by scripts/lib/coverage-ts.mjs. jest's own report has no children in it.

const { mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

module.exports = class CoverageReporter {
  constructor(_config, { folder }) {
    this.folder = folder;
    this.files = 0;
    mkdirSync(folder, { recursive: true });
  }

  onTestResult(_test, { v8Coverage = [] }) {
    const result = v8Coverage.map((one) => ({ ...one.result, url: pathToFileURL(one.result.url).href }));
    this.files += 1;
    writeFileSync(path.join(this.folder, `jest-${this.files}.json`), JSON.stringify({ result }));
  }
};
