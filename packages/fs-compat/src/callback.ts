/** The callback face of a function: `begin` and a callback, as Node's own function of that name would have it. */

import { callbackify, types } from 'node:util';
import { captureStackTrace } from './caller.js';
import { deliver } from './delivery.js';
import type { Moved } from './descriptor.js';

type Callback = (...args: unknown[]) => unknown;
type Face = (this: unknown, ...args: unknown[]) => unknown;
/** Begins an op, or returns undefined: Node decides. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the callers gave
export type Begin = (...args: any[]) => Promise<unknown> | undefined;
/** Tells a callback of an outcome; `error` is null for a success. */
type Tell = (callback: Callback, error: unknown, value: unknown) => void;

/** (error) or (null, value); (null) where there is nothing to tell. */
export const tellValue: Tell = (callback, error, value) => {
  if (error !== null) deliver(callback, error);
  else if (value === undefined) deliver(callback, null);
  else deliver(callback, null, value);
};

/** (error, count, buffer), in every case. */
export const tellMoved: Tell = (callback, _error, value) => {
  const { error, count, buffer } = value as Moved;
  deliver(callback, withoutFrames(error), count, buffer);
};

/** (exists) */
export const tellExists: Tell = (callback, error) => deliver(callback, error === null);

/**
 * Only calls whose last argument is the callback, and the only function among them, can be ours, and only where Node
 * looks for a callback: behind no more arguments than `most`. That is how everybody calls, and Node's own functions know
 * what to do about the rest.
 */
export function callbackFace<F>(
  theirs: F,
  begin: Begin,
  most: number,
  tell: Tell = tellValue,
  members: Members = {},
): F {
  const hand: Hand = (op, callback) =>
    void op.then(
      (value) => tell(callback, null, value),
      (error) => tell(callback, withoutFrames(error), undefined),
    );
  return faceOf(theirs, begin, most, hand, members);
}

/** Of a function that Node itself makes of the one with a promise. */
export function callbackifiedFace<F>(theirs: F, begin: Begin, most: number): F {
  return faceOf(theirs, begin, most, callbackify((op: Promise<unknown>) => op) as Hand, {});
}

/** What brings an op to its callback. */
type Hand = (op: Promise<unknown>, callback: Callback) => void;

function faceOf<F>(theirs: F, begin: Begin, most: number, hand: Hand, members: Members): F {
  const face: Face = function (...args) {
    const callback = args.pop();
    const plain = typeof callback === 'function' && args.length <= most && args.every(isNoFunction);
    const op = plain ? begin(...args) : undefined;
    if (op === undefined) {
      args.push(callback);
      return Reflect.apply(theirs as Face, this, args);
    }
    hand(op, callback as Callback);
    return undefined;
  };
  return lookLike(face as F, theirs, members);
}

/** What hangs on a function of Node's, and of which we have our own. */
type Members = Record<string | symbol, unknown>;

/** Name, length and whatever else hangs on Node's function (util.promisify looks there), without its prototype. */
export function lookLike<F>(ours: F, theirs: F, members: Members = {}): F {
  const own = Object.getOwnPropertyDescriptors(theirs) as Record<string | symbol, PropertyDescriptor>;
  for (const key of Reflect.ownKeys(own)) {
    if (key === 'prototype' || key === 'arguments' || key === 'caller') continue;
    const property = own[key] as PropertyDescriptor;
    Object.defineProperty(ours, key, key in members ? { ...property, value: members[key] } : property);
  }
  return ours;
}

function isNoFunction(value: unknown): boolean {
  return typeof value !== 'function';
}

/** As Node's errors come to a callback: there is no JavaScript to name, and our own insides are nobody's business. */
export function withoutFrames(error: unknown): unknown {
  if (!types.isNativeError(error) || !('syscall' in error)) return error;
  captureStackTrace(error, nobody);
  return error;
}

/** Stands on no stack, so that no frame is below it. No limit is set for that: Error may be frozen. */
function nobody(): void {}
