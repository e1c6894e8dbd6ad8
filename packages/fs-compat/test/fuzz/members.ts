// The members of FileHandle, each with arguments for it.
import * as fc from 'fast-check';
import {
  type Arb,
  bool,
  bytes,
  data,
  encoding,
  maybe,
  mode,
  mostly,
  options,
  owner,
  position,
  signal,
  size,
  text,
  time,
} from './arbitrary-values';
import { SLOTS } from './functions';
import type { HandleCall } from './program';
import type { Value } from './values';

interface Entry {
  args: Arb<Value[]>;
  weight: number;
  uses?: string[];
}

/** A length that is no integer ends the process of Node up to version 24. */
const length: Arb = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 100 }) },
  { weight: 3, arbitrary: fc.constantFrom<Value>(null, { $: 'undefined' }) },
  { weight: 1, arbitrary: fc.constantFrom<Value>(-1, 4096, 16_385, 2 ** 31, 2 ** 32, 2 ** 53) },
);
const offset: Arb = mostly(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<Value>(0, null, { $: 'undefined' }) },
    { weight: 2, arbitrary: fc.nat({ max: 60 }) },
  ),
  fc.constantFrom<Value>(-1, 1.5, 4096, 2 ** 31, 2 ** 53, '0'),
);
const views: Arb = mostly(fc.array(bytes, { maxLength: 3 }) as Arb);
const transfer = { offset, length, position };
/** Only right ones: a stream that was not made is left half-made on the handle, whose close then throws. */
const streamStart: Arb = fc.oneof(fc.constant<Value>({ $: 'undefined' }), fc.nat({ max: 20 }));
const streamEnd: Arb = fc.oneof(fc.constant<Value>({ $: 'undefined' }), fc.integer({ min: 20, max: 60 }));

const streamOptions = (fields: Record<string, Arb>): Arb => fc.record(fields, { requiredKeys: [] }) as Arb;

export const members: Record<string, Entry> = {
  appendFile: { args: fc.tuple(data, options({ encoding, signal }, encoding)), weight: 3 },
  asyncDispose: { args: fc.constant([]), weight: 1 },
  chmod: { args: fc.tuple(mode), weight: 1 },
  chown: { args: fc.tuple(owner, owner), weight: 1 },
  close: { args: fc.constant([]), weight: 4 },
  createReadStream: {
    args: fc.tuple(
      streamOptions({
        encoding: fc.constantFrom<Value>('utf8', 'hex', 'latin1'),
        autoClose: fc.boolean(),
        emitClose: fc.boolean(),
        start: streamStart,
        end: streamEnd,
        highWaterMark: fc.constantFrom<Value>(64, 999, 65_536),
      }),
    ),
    weight: 1,
  },
  createWriteStream: {
    args: fc.tuple(
      streamOptions({
        autoClose: fc.boolean(),
        emitClose: fc.boolean(),
        start: streamStart,
        highWaterMark: fc.constant<Value>(97),
      }),
    ),
    weight: 1,
    uses: ['two writes', 'corked'],
  },
  datasync: { args: fc.constant([]), weight: 1 },
  read: {
    args: fc.oneof(
      { weight: 3, arbitrary: fc.tuple(mostly(bytes), offset, length, position) },
      { weight: 2, arbitrary: fc.tuple(mostly(bytes), options(transfer)) },
      { weight: 2, arbitrary: fc.tuple(options({ buffer: bytes, ...transfer })) },
      { weight: 1, arbitrary: fc.constant<Value[]>([]) },
    ),
    weight: 10,
  },
  readFile: { args: fc.tuple(options({ encoding, signal }, encoding)), weight: 5 },
  readLines: {
    args: fc.tuple(streamOptions({ start: streamStart, encoding: fc.constant<Value>('utf8') })),
    weight: 1,
  },
  readableWebStream: { args: fc.tuple(streamOptions({ autoClose: fc.boolean() })), weight: 1 },
  readv: { args: fc.tuple(views, maybe(position)), weight: 2 },
  stat: { args: fc.tuple(options({ bigint: bool, signal })), weight: 3 },
  sync: { args: fc.constant([]), weight: 1 },
  truncate: { args: fc.tuple(maybe(size)), weight: 3 },
  utimes: { args: fc.tuple(time, time), weight: 1 },
  write: {
    args: fc.oneof(
      { weight: 3, arbitrary: fc.tuple(mostly(bytes), offset, length, position) },
      { weight: 2, arbitrary: fc.tuple(mostly(bytes), options(transfer)) },
      { weight: 3, arbitrary: fc.tuple(text, position, maybe(encoding)) },
    ),
    weight: 10,
  },
  writeFile: { args: fc.tuple(data, options({ encoding, mode, flush: bool, signal }, encoding)), weight: 5 },
  writev: { args: fc.tuple(views, maybe(position)), weight: 2 },
};

/** What the fuzzing leaves out: members of Node's class that a program does not call. */
export const membersLeftOut: Record<string, string> = {
  fd: 'a number of the process’s own; every FileHandle that is compared shows whether it has one',
  getAsyncId: 'a number of the process’s own',
  pull: 'experimental, behind a flag',
  pullSync: 'experimental, behind a flag',
  writer: 'experimental, behind a flag',
};

export function handleCall(): Arb<HandleCall> {
  return fc.oneof(
    ...Object.entries(members).map(([name, entry]) => ({
      weight: entry.weight,
      arbitrary: fc.record({
        handle: fc.nat({ max: SLOTS - 1 }),
        call: fc.constant(name),
        args: entry.args,
        ...(entry.uses === undefined ? {} : { use: fc.constantFrom(...entry.uses) }),
      }) as Arb<HandleCall>,
    })),
  );
}
