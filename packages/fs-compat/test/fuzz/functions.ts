// The functions of fs/promises, each with arguments for it. A name that the running Node does not have is not used.
import * as fc from 'fast-check';
import {
  type Arb,
  anyPath,
  bool,
  data,
  encoding,
  filePath,
  flags,
  folderPath,
  freshPath,
  handleArg,
  maybe,
  mode,
  mostly,
  nameEncoding,
  options,
  owner,
  signal,
  size,
  time,
} from './arbitrary-values';
import type { FunctionCall } from './program';
import type { PathForm, Value } from './values';

/** FileHandles that a program can hold at a time. */
export const SLOTS = 3;

interface Entry {
  args: Arb<Value[]>;
  /** How often, beside the others. */
  weight: number;
  /** It changes nothing: it may be begun beside others of its kind. */
  looks?: true;
  /** Ways to use what it returns: see uses.ts. */
  uses?: string[];
}

/** Trailing arguments that are undefined are left out half of the time: `arguments.length` can be seen. */
function tuple(...parts: Arb[]): Arb<Value[]> {
  return fc.tuple(fc.boolean(), fc.tuple(...parts)).map(([cut, args]) => {
    const list = [...args];
    while (cut && list.length > 0 && isUndefined(list[list.length - 1])) list.pop();
    return list;
  });
}

const isUndefined = (value: Value | undefined): boolean =>
  typeof value === 'object' && value !== null && '$' in value && value.$ === 'undefined';

const pathOrHandle: Arb = fc.oneof(
  { weight: 5, arbitrary: filePath },
  { weight: 1, arbitrary: handleArg(SLOTS) },
);
const pathToWrite: Arb = fc.oneof(
  { weight: 3, arbitrary: freshPath },
  { weight: 3, arbitrary: filePath },
  { weight: 1, arbitrary: handleArg(SLOTS) },
);
const statOptions = (more: Record<string, Arb> = {}): Arb => options({ bigint: bool, ...more });
/** Seldom: it waits for the disk. */
const flush: Arb = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Value>(false) },
  { weight: 1, arbitrary: bool },
);
const writeOptions: Arb = options({ encoding, mode, flag: flags, flush, signal }, encoding);
const nameOptions: Arb = options({ encoding: nameEncoding }, nameEncoding);
const readablePrefix: Arb = mostly(
  fc.record({
    $: fc.constant('path' as const),
    at: fc.constantFrom('new', 'new2', 'dir/new', 'linkdir/new', 'missing/new', 'small/new', 'a\0b'),
    as: fc.constantFrom<PathForm>('absolute', 'relative', 'buffer', 'bytes', 'url'),
  }),
);
/** Encodings that bring every name back whole: uses.ts has to find the folder. */
const readableName: Arb = fc.constantFrom<Value>(
  { $: 'undefined' },
  'utf8',
  'buffer',
  { encoding: 'hex' },
  {},
  'nope',
  null,
);
const predicate: Arb = fc.record({
  $: fc.constant('predicate' as const),
  text: fc.constantFrom('a', 'sub', 'dir', 'small'),
  negate: fc.boolean(),
  async: fc.constant(false),
});
const patterns: Arb = mostly(
  fc.oneof(
    fc.constantFrom<Value>(
      '*',
      '**',
      '**/*',
      'd*/**',
      '*.txt',
      '**/*.txt',
      '[a-c]*',
      '{small,bin}',
      'dir/../*',
      'small',
    ),
    fc.constantFrom<Value>(
      'hollow/',
      'linkdir/*',
      './*',
      '**/sub/**',
      '!(small)',
      'missing/*',
      '?mall',
      '',
      '.',
      '*/',
    ),
    fc.constant<Value>(['*.txt', 'd*']),
  ),
);
const accessMode: Arb = mostly(
  fc.constantFrom<Value>(0, 1, 2, 4, 6, 7),
  fc.constantFrom<Value>(8, -1, 1.5, '4', null, 2 ** 31),
);
const copyMode: Arb = mostly(
  fc.constantFrom<Value>(0, 1, 2, 3),
  fc.constantFrom<Value>(4, 8, -1, 1.5, '1', null),
);

export const functions: Record<string, Entry> = {
  access: { args: tuple(anyPath, maybe(accessMode)), weight: 2, looks: true },
  appendFile: { args: tuple(pathToWrite, data, writeOptions), weight: 4 },
  chmod: { args: tuple(anyPath, mode), weight: 2 },
  chown: { args: tuple(anyPath, owner, owner), weight: 1 },
  copyFile: { args: tuple(filePath, freshPath, maybe(copyMode)), weight: 3 },
  cp: {
    args: tuple(
      anyPath,
      freshPath,
      options({
        dereference: bool,
        errorOnExist: bool,
        filter: fc.oneof(
          predicate,
          predicate.map((it) => ({ ...(it as object), async: true }) as Value),
        ),
        force: bool,
        mode: copyMode,
        preserveTimestamps: bool,
        recursive: fc.oneof(
          { weight: 5, arbitrary: fc.constant<Value>(true) },
          { weight: 1, arbitrary: bool },
        ),
        verbatimSymlinks: bool,
      }),
    ),
    weight: 2,
  },
  glob: {
    args: tuple(
      patterns,
      options({
        cwd: folderPath,
        exclude: fc.oneof<[Arb, Arb]>(predicate, fc.constantFrom<Value>(['dir/**'], ['**/a'])),
        withFileTypes: bool,
        maxDepth: mostly(fc.constantFrom<Value>(0, 1, 2)),
      }),
    ),
    weight: 2,
    looks: true,
  },
  lchmod: { args: tuple(anyPath, mode), weight: 1 },
  lchown: { args: tuple(anyPath, owner, owner), weight: 1 },
  link: { args: tuple(filePath, freshPath), weight: 2 },
  lstat: { args: tuple(anyPath, statOptions()), weight: 4, looks: true },
  lutimes: { args: tuple(anyPath, time, time), weight: 1 },
  mkdir: {
    args: tuple(freshPath, options({ recursive: bool, mode }, mode)),
    weight: 4,
  },
  mkdtemp: { args: tuple(readablePrefix, readableName), weight: 1 },
  mkdtempDisposable: {
    args: tuple(readablePrefix, fc.constantFrom<Value>({ $: 'undefined' }, {}, 'utf8')),
    weight: 1,
    uses: ['remove', 'dispose', 'twice'],
  },
  open: { args: tuple(fc.oneof<[Arb, Arb]>(filePath, anyPath), flags, maybe(mode)), weight: 14 },
  opendir: {
    args: tuple(
      folderPath,
      options(
        { encoding: nameEncoding, bufferSize: fc.constantFrom<Value>(1, 2, 32), recursive: bool },
        nameEncoding,
      ),
    ),
    weight: 2,
    uses: ['iterate', 'read', 'readSync', 'two reads', 'close', 'close twice'],
  },
  readdir: {
    args: tuple(
      folderPath,
      options({ encoding: nameEncoding, withFileTypes: bool, recursive: bool }, nameEncoding),
    ),
    weight: 4,
    looks: true,
  },
  readFile: {
    args: tuple(pathOrHandle, options({ encoding, flag: flags, signal }, encoding)),
    weight: 10,
  },
  readlink: { args: tuple(anyPath, nameOptions), weight: 2, looks: true },
  realpath: { args: tuple(anyPath, nameOptions), weight: 2, looks: true },
  rename: { args: tuple(anyPath, anyPath), weight: 4 },
  rm: {
    args: tuple(
      anyPath,
      options({
        force: bool,
        recursive: bool,
        maxRetries: mostly(fc.constantFrom<Value>(0, 1)),
        retryDelay: mostly(fc.constantFrom<Value>(0, 1)),
      }),
    ),
    weight: 3,
  },
  rmdir: {
    args: tuple(folderPath, options({ recursive: bool, maxRetries: fc.constant<Value>(0) })),
    weight: 2,
  },
  stat: { args: tuple(anyPath, statOptions({ throwIfNoEntry: bool, signal })), weight: 4, looks: true },
  statfs: { args: tuple(anyPath, statOptions()), weight: 1, looks: true },
  symlink: {
    args: tuple(anyPath, freshPath, maybe(mostly(fc.constantFrom<Value>('file', 'dir', 'junction', null)))),
    weight: 2,
  },
  truncate: { args: tuple(filePath, maybe(size)), weight: 2 },
  unlink: { args: tuple(anyPath), weight: 4 },
  utimes: { args: tuple(anyPath, time, time), weight: 2 },
  writeFile: { args: tuple(pathToWrite, data, writeOptions), weight: 8 },
};

/** What the fuzzing leaves out. */
export const leftOut: Record<string, string> = {
  constants: 'no function',
  watch: 'it never ends by itself, and it is always Node’s own',
};

function callsOf([name, entry]: [string, Entry]): Arb<FunctionCall> {
  return fc.record({
    call: fc.constant(name),
    args: entry.args,
    ...(entry.uses === undefined ? {} : { use: fc.constantFrom(...entry.uses) }),
    ...(name === 'open' ? { slot: fc.nat({ max: SLOTS - 1 }) } : {}),
  }) as Arb<FunctionCall>;
}

const here = (only: readonly string[]): [string, Entry][] =>
  Object.entries(functions).filter(([name]) => only.includes(name));

/** A call of one of the functions that `names` has. */
export function functionCall(names: readonly string[]): Arb<FunctionCall> {
  return fc.oneof(...here(names).map((entry) => ({ weight: entry[1].weight, arbitrary: callsOf(entry) })));
}

/** Calls that may run side by side. */
export function lookingCalls(names: readonly string[]): Arb<FunctionCall[]> {
  const looking = here(names).filter(([, entry]) => entry.looks === true);
  return fc.array(fc.oneof(...looking.map((entry) => callsOf(entry))), { minLength: 2, maxLength: 6 });
}
