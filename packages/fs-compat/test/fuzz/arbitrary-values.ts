// Arguments at random: mostly right, sometimes odd, sometimes hostile.
import * as fc from 'fast-check';
import type { BytesForm, PathForm, SignalForm, Tagged, Value } from './values';

export type Arb<T = Value> = fc.Arbitrary<T>;

export const undef: Tagged = { $: 'undefined' };
const num = (is: 'NaN' | 'Infinity' | '-Infinity'): Tagged => ({ $: 'number', is });
const big = (is: string): Tagged => ({ $: 'bigint', is });

/**
 * Of the wrong type nearly everywhere. No small natural number: as a path it would be a descriptor to some functions. No
 * 2 ** 31 and no -0: as a mode or a flag they end the process of Node.
 */
export const hostile: Arb = fc.constantFrom<Value>(
  undef,
  null,
  true,
  false,
  -1,
  1.5,
  num('NaN'),
  num('Infinity'),
  2 ** 53,
  big('0'),
  big('-1'),
  '',
  'nonsense',
  'a\0b',
  [],
  ['small'],
  {},
  { $: 'symbol' },
  { $: 'function' },
  { $: 'stringable', is: 'small' },
  { $: 'date', ms: 0 },
  { $: 'bytes', length: 3, seed: 1, as: 'Float64Array' },
  { $: 'bytes', length: 3, seed: 1, as: 'ArrayBuffer' },
);

/** `usual` nearly always; now and then something odd, or something hostile. */
export function mostly(usual: Arb, odd?: Arb): Arb {
  return fc.oneof(
    { weight: 40, arbitrary: usual },
    ...(odd === undefined ? [] : [{ weight: 3, arbitrary: odd }]),
    { weight: 1, arbitrary: hostile },
  );
}

/** What a caller may leave out. */
export const maybe = (usual: Arb, odd?: Arb): Arb =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<Value>(undef) }, { weight: 4, arbitrary: mostly(usual, odd) });

// ------------------------------------------------------------------------------------------------ paths

const files = [
  'small',
  'empty',
  'bin',
  'mid',
  'dir/a',
  'dir/sub/b.txt',
  'link',
  'linkdir/a',
  'ümläut',
  'locked',
];
const fresh = [
  'new',
  'new2',
  'dir/new',
  'hollow/new',
  'linkdir/new',
  'missing/new',
  'n/e/w',
  'dangling',
  'a.txt',
];
const folders = ['dir', 'dir/sub', 'hollow', 'linkdir', 'newdir', ''];
const strange = [
  'loop',
  'fifo',
  '.',
  '..',
  'dir/',
  'small/',
  'small/x',
  './small',
  'dir//a',
  'dir/../small',
  'hollow/.',
  '../sibling',
  'a\0b',
  'x'.repeat(255),
  'x'.repeat(256),
  `${'d/'.repeat(2100)}x`,
  'a b%20c?d#e',
  'ÿþ',
  '/proc/version',
  '/dev/null',
];

const forms: Arb<PathForm> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<PathForm>('absolute') },
  { weight: 3, arbitrary: fc.constantFrom<PathForm>('relative', 'buffer', 'url', 'bytes') },
  { weight: 1, arbitrary: fc.constantFrom<PathForm>('latin1', 'url-like') },
);

const named = (names: string[]): Arb =>
  fc.record({ $: fc.constant('path' as const), at: fc.constantFrom(...names), as: forms });

const badUrls: Arb = fc
  .constantFrom(
    'http://example.invalid/small',
    'file://host/small',
    'file:///a%2Fb',
    'file:///a%00b',
    'data:,x',
  )
  .map((is): Value => ({ $: 'url', is }));

const path = (weights: { file: number; fresh: number; folder: number; strange: number }): Arb =>
  mostly(
    fc.oneof(
      { weight: weights.file, arbitrary: named(files) },
      { weight: weights.fresh, arbitrary: named(fresh) },
      { weight: weights.folder, arbitrary: named(folders) },
      { weight: weights.strange, arbitrary: named(strange) },
    ),
    badUrls,
  );

export const filePath = path({ file: 16, fresh: 4, folder: 2, strange: 2 });
export const freshPath = path({ file: 3, fresh: 16, folder: 2, strange: 2 });
export const folderPath = path({ file: 2, fresh: 2, folder: 16, strange: 2 });
export const anyPath = path({ file: 6, fresh: 6, folder: 6, strange: 3 });

export const handleArg = (slots: number): Arb =>
  fc.nat({ max: slots - 1 }).map((slot): Value => ({ $: 'handle', slot }));

// ------------------------------------------------------------------------------------------------ content

const lengths = fc.oneof(
  { weight: 10, arbitrary: fc.nat({ max: 100 }) },
  { weight: 4, arbitrary: fc.constantFrom(4095, 4096, 4097, 16_384, 32_768, 32_769, 70_000) },
  { weight: 1, arbitrary: fc.constantFrom(262_144, 262_145, 524_289, 1_048_577, 2_500_000) },
);
const seeds = fc.nat({ max: 20 });

const bytesForms: Arb<BytesForm> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<BytesForm>('Buffer', 'Uint8Array', 'inside') },
  {
    weight: 2,
    arbitrary: fc.constantFrom<BytesForm>('Float64Array', 'DataView', 'shared', 'detached', 'resizable'),
  },
);

export const bytes: Arb<Tagged> = fc.record({
  $: fc.constant('bytes' as const),
  length: lengths,
  seed: seeds,
  as: bytesForms,
});

/** Up to 40,000 characters: more is made of bytes. */
export const text: Arb<Tagged> = fc.record({
  $: fc.constant('text' as const),
  length: fc.oneof(fc.nat({ max: 60 }), fc.constantFrom(5000, 17_000, 40_000)),
  seed: seeds,
});

export const encoding: Arb = mostly(
  fc.constantFrom<Value>(
    'utf8',
    'utf-8',
    'latin1',
    'binary',
    'ascii',
    'utf16le',
    'ucs2',
    'hex',
    'base64',
    'base64url',
  ),
  fc.constantFrom<Value>('UTF8', 'Latin1', 'ucs-2', 'buffer', 'UTF-16LE', 'utf32', null),
);

/** Of names: what readdir and its like give back. */
export const nameEncoding: Arb = mostly(
  fc.constantFrom<Value>('utf8', 'buffer', 'latin1', 'hex', null),
  fc.constantFrom<Value>('base64', 'utf16le', 'ascii', 'BUFFER', 'nope'),
);

const chunks: Arb<Value[]> = fc.array(
  fc.oneof<[Arb, Arb, Arb]>(text, bytes, fc.constantFrom<Value>('', 'é', 7, null)),
  {
    maxLength: 4,
  },
);

export const data: Arb = fc.oneof(
  { weight: 10, arbitrary: fc.oneof<[Arb, Arb]>(text, bytes) },
  {
    weight: 2,
    arbitrary: fc.record({
      $: fc.constant('iterable' as const),
      of: chunks,
      as: fc.constantFrom(
        'array iterator' as const,
        'generator' as const,
        'async generator' as const,
        'stream' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.oneof<[Arb, Arb, Arb]>(chunks, hostile, fc.constant<Value>('4869')) },
);

// ------------------------------------------------------------------------------------------------ numbers and flags

export const mode: Arb = mostly(
  fc.constantFrom<Value>(0o644, 0o600, 0o755, 0o777, 0o700, 0o400, 0o1777, 0, 0o666, '644', '0755'),
  fc.constantFrom<Value>('999', '0o644', 2 ** 32, -1, 0o107777, '', '77777777777777'),
);

const flagStrings = 'r r+ rs rs+ sr sr+ w w+ wx wx+ xw xw+ a a+ ax ax+ xa xa+ as as+ sa sa+'.split(
  ' ',
) satisfies Value[];
/** Linux: O_CREAT 0o100, O_EXCL 0o200, O_TRUNC 0o1000, O_APPEND 0o2000, O_NONBLOCK 0o4000, O_DIRECTORY 0o200000, O_NOFOLLOW 0o400000. */
const flagNumbers = fc
  .tuple(
    fc.constantFrom(0, 1, 2, 3),
    fc.subarray([0o100, 0o200, 0o1000, 0o2000, 0o4000, 0o200000, 0o400000, 0o2000000, 0o4010000]),
  )
  .map(([access, bits]): Value => bits.reduce((all, bit) => all | bit, access));

export const flags: Arb = mostly(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<Value>('r', 'r+', 'w', 'w+', 'a', 'a+') },
    { weight: 2, arbitrary: fc.constantFrom<Value>(...flagStrings) },
    { weight: 2, arbitrary: flagNumbers },
  ),
  fc.constantFrom<Value>('rw', 'R', ' r', 'w ', null, undef, 0.5, -1, 2 ** 31),
);

/** One that fires while the call is under way is everybody's guess. */
export const signal: Arb = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom<SignalForm>('idle', 'aborted', 'aborted with a reason', 'no signal')
      .map((is): Value => ({ $: 'signal', is })),
  },
  { weight: 1, arbitrary: hostile },
);

export const bool: Arb = mostly(fc.boolean(), fc.constantFrom<Value>(undef, null, 0, 1, ''));

export const size: Arb = mostly(
  fc.oneof(fc.nat({ max: 200 }), fc.constantFrom<Value>(0, 4096, 5000, 100_000)),
  fc.constantFrom<Value>(
    -1,
    -5,
    1.5,
    2 ** 31,
    2 ** 32 + 1,
    2 ** 40,
    2 ** 53,
    2 ** 63,
    big('5'),
    '5',
    null,
    undef,
  ),
);

export const position: Arb = mostly(
  fc.oneof(
    { weight: 4, arbitrary: fc.nat({ max: 200 }) },
    { weight: 3, arbitrary: fc.constantFrom<Value>(null, undef, -1) },
    { weight: 1, arbitrary: fc.constantFrom<Value>(4096, 100_000, big('0'), big('7'), big('-1')) },
  ),
  fc.constantFrom<Value>(
    -2,
    -(2 ** 40),
    1.5,
    2 ** 31,
    2 ** 40,
    2 ** 53,
    big('9223372036854775807'),
    big('9223372036854775808'),
    big('-2'),
    '3',
    num('NaN'),
  ),
);

export const time: Arb = mostly(
  fc.oneof<[Arb, Arb, Arb]>(
    fc.constantFrom<Value>(0, 1, 1_000_000_000, 1_234_567_890.123, 4_000_000_000),
    fc.constantFrom(0, 86_400_123, 1_000_000_000_987, -1000).map((ms): Value => ({ $: 'date', ms })),
    fc.constantFrom<Value>('1000000000', '1000000000.5'),
  ),
  fc.constantFrom<Value>(
    -1,
    -0.5,
    -1.5,
    1e-7,
    num('NaN'),
    num('Infinity'),
    num('-Infinity'),
    '',
    'noon',
    2 ** 40,
    big('5'),
    {
      $: 'date',
      ms: null,
    },
  ),
);

export const owner: Arb = mostly(
  fc.constantFrom<Value>(0, 1, 1000, 65_534, -1),
  fc.constantFrom<Value>(2 ** 32 - 1, 2 ** 32, -2, 1.5, '0', num('NaN')),
);

// ------------------------------------------------------------------------------------------------ options

/** An object with some of these fields; sometimes something else in its place, or none. */
export function options(fields: Record<string, Arb>, shorthand?: Arb): Arb {
  const object = fc.record(fields, { requiredKeys: [] }) as Arb;
  return fc.oneof(
    { weight: 6, arbitrary: object },
    { weight: 3, arbitrary: fc.constant<Value>(undef) },
    ...(shorthand === undefined ? [] : [{ weight: 3, arbitrary: shorthand }]),
    { weight: 1, arbitrary: hostile },
  );
}
