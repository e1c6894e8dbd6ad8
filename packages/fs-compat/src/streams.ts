/**
 * ReadStream and WriteStream: Node's own streams, told to use our functions by their `fs` option. A stream of a
 * FileHandle needs none: it calls the handle's methods.
 */
import { lookLike } from './callback.js';

import nodeFs = require('node:fs');

export type StreamClass = new (path: unknown, options?: unknown) => object;
/** Called with and without `new`. */
type Ctor = StreamClass & ((path: unknown, options?: unknown) => object);

/**
 * Our class for one of Node's. It has a prototype of its own, above Node's: what is changed in ours must not change
 * Node's. Every stream that is one for Node is an instance of ours too: process.stdin, what a FileHandle makes.
 *
 * @param operations found when a stream is made: node:fs, ours, as it is then
 */
export function streamClass(theirs: StreamClass, operations: () => object): StreamClass {
  const ours = function (this: object, path: unknown, options?: unknown) {
    if (!(this instanceof (ours as unknown as Ctor))) return new (ours as unknown as Ctor)(path, options);
    // As a function, not by Reflect.construct: heirs of the old kind call it on an object of theirs.
    Reflect.apply(theirs, this, [path, withOperations(options, operations)]);
    return undefined;
  } as unknown as Ctor;
  lookLike(ours as StreamClass, theirs);
  Object.setPrototypeOf(ours, theirs);
  ours.prototype = Object.create(theirs.prototype, {
    constructor: { value: ours, writable: true, configurable: true },
  });
  Object.defineProperty(ours, Symbol.hasInstance, {
    value(this: Ctor, value: unknown): boolean {
      const asked = this === ours ? theirs : this;
      return Reflect.apply(Function.prototype[Symbol.hasInstance], asked, [value]);
    },
  });
  return ours;
}

/** Undefined where Node is to say what is wrong with the options. */
function withOperations(options: unknown, operations: () => object): unknown {
  if (options === undefined || options === null || typeof options === 'function') return { fs: operations() };
  if (typeof options === 'string') return { encoding: options, fs: operations() };
  if (typeof options !== 'object') return options;
  // As Node copies them: with what they inherit, and each getter asked once.
  const copy: Record<string, unknown> = {};
  for (const key in options) copy[key] = (options as Record<string, unknown>)[key];
  const ofHandle = typeof copy.fd === 'object' && copy.fd !== null;
  if (!copy.fs && !ofHandle) copy.fs = operations();
  return copy;
}

/** Node's own classes: asked for late, because asking loads their module. */
export const nodeStreams = {
  read: (): StreamClass => nodeFs.ReadStream as unknown as StreamClass,
  write: (): StreamClass => nodeFs.WriteStream as unknown as StreamClass,
};
