// The two sides of the shared memory agree: layout.ts with the C++ headers, number by number.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { layout } from '@ringfs/native';

const source = path.resolve(__dirname, '..', 'src');
const records = fs.readFileSync(path.join(source, 'addon', 'records.h'), 'utf8');
const job = fs.readFileSync(path.join(source, 'engine', 'job.h'), 'utf8');

/** `inline constexpr TYPE kName = EXPRESSION;` of a header. */
function constants(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, name, expression] of text.matchAll(/inline constexpr \w+ (k\w+) = ([^;]+);/g)) {
    const plain = expression
      .replaceAll("'", '')
      .replace(/\b(\d+)u\b/g, '$1')
      .replace(/\bk\w+\b/g, (other) => String(found.get(other)));
    expect(plain).toMatch(/^[\d\s()*+<-]+$/);
    found.set(name, Number(new Function(`return ${plain}`)()));
  }
  return found;
}

/** Names of an enum in their order; all but the first are without a number of their own. */
function enumerators(text: string, name: string): string[] {
  const body = new RegExp(`enum class ${name} : uint8_t \\{([^}]*)\\}`).exec(text)?.[1] ?? '';
  const names = body
    .replace(/\/\/.*$/gm, '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  expect(names[0]).toMatch(/ = 0$/);
  return names.map((part, i) => {
    if (i > 0) expect(part).not.toContain('=');
    return part.replace(' = 0', '');
  });
}

const kName = (name: string): string => `k${name[0].toUpperCase()}${name.slice(1)}`;

const inRecords = constants(records);
const inJob = constants(job);

test('sizes', () => {
  const theirs = ['kMaxRecords', 'kRecordWords', 'kPathBytes', 'kResultWords', 'kStatFields', 'kMaxResults'];
  const { MAX_RECORDS, RECORD_WORDS, PATH_BYTES, RESULT_WORDS, STAT_FIELDS } = layout;
  expect(theirs.map((name) => inRecords.get(name))).toEqual([
    MAX_RECORDS,
    RECORD_WORDS,
    PATH_BYTES,
    RESULT_WORDS,
    STAT_FIELDS,
    MAX_RECORDS,
  ]);
});

test('the words of a record and of an outcome are where TypeScript writes and reads them', () => {
  // core/src/submit.ts and core/src/drain.ts; a float64 at word n is float n / 2.
  const words = {
    kOp: 0,
    kId: 1,
    kFd: 2,
    kFlags: 3,
    kMode: 4,
    kOptions: 5,
    kPathOffset: 6,
    kPathLength: 7,
    kPath2Length: 8,
    kPosition: 10,
    kLength: 12,
    kViewOffset: 14,
    kAtime: 12,
    kMtime: 14,
    kResultId: 0,
    kResultError: 1,
    kResultCall: 2,
    kResultLane: 3,
  };
  for (const [name, word] of Object.entries(words)) expect([name, inRecords.get(name)]).toEqual([name, word]);
});

test('ops', () => {
  const theirs = enumerators(job, 'Op');
  expect(theirs.pop()).toBe('kCount');
  expect(theirs).toEqual(Object.keys(layout.Op).map(kName));
  expect(Object.values(layout.Op)).toEqual(theirs.map((_, i) => i));
});

test('options', () => {
  for (const [name, bit] of Object.entries(layout.Option)) {
    expect([name, inJob.get(kName(name))]).toEqual([name, bit]);
  }
  const all = Object.values(layout.Option).reduce((sum, bit) => sum | bit, 0);
  expect(inJob.get('kFromJavaScript')).toBe(all);
});

test('system calls', () => {
  const theirs = enumerators(job, 'Call');
  expect(theirs).toEqual(['kNone', ...layout.CALLS.slice(1).map(kName)]);
});

test('outcomes that are no errno', () => {
  for (const [name, number] of Object.entries(layout.Special)) {
    expect([name, inJob.get(`kError${kName(name).slice(1)}`)]).toEqual([name, number]);
  }
});

test('preferred lanes', () => {
  const engine = fs.readFileSync(path.join(source, 'engine', 'engine.h'), 'utf8');
  const names = /enum class Prefer : uint8_t \{([^}]*)\}/
    .exec(engine)?.[1]
    .split(',')
    .map((part) => part.trim());
  expect(names).toEqual(Object.keys(layout.Prefer).map(kName));
  expect(Object.values(layout.Prefer)).toEqual([0, 1, 2, 3]);
});
