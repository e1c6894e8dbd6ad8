/**
 * node:fs: every name the running Node has, in its order, each as enumerable as there. Callback functions and streams
 * run on our lanes where we have them; synchronous functions, watchers and the rest are Node's own.
 */
import { lookLike } from './callback.js';
import { callbacks } from './callbacks.js';
import { promises } from './fs-promises.js';
import { nodeFs, nodeProperties } from './node.js';
import { opendirWithCallback } from './opendir.js';
import { nodeStreams, type StreamClass, streamClass } from './streams.js';

type Property = PropertyDescriptor;

export const fs = {} as typeof import('node:fs');

/** A property as Node has it, with our value in it. A lazy property of Node's becomes a plain one when it is set. */
function withValue(name: string, theirs: Property, give: () => unknown): Property {
  if ('value' in theirs) return { ...theirs, value: give() };
  const set = (given: unknown): void => {
    Object.defineProperty(fs, name, { value: given, writable: true, enumerable: true, configurable: true });
  };
  return { ...theirs, get: give, set };
}

/** The two stream classes have two names each, which can be set one by one. */
function streamProperties(name: 'Read' | 'Write'): Record<string, Property> {
  let made: unknown;
  const classOf = (): unknown => {
    made ??= streamClass(name === 'Read' ? nodeStreams.read() : nodeStreams.write(), () => fs);
    return made;
  };
  const settable = (key: string): Property => {
    let current: unknown;
    return {
      ...nodeProperties[key as keyof typeof nodeProperties],
      get: () => current ?? classOf(),
      set: (value: unknown) => {
        current = value;
      },
    };
  };
  return {
    [`${name}Stream`]: settable(`${name}Stream`),
    [`File${name}Stream`]: settable(`File${name}Stream`),
  };
}

function createReadStream(path: unknown, options: unknown): unknown {
  return new (fs.ReadStream as unknown as StreamClass)(path, options);
}

function createWriteStream(path: unknown, options: unknown): unknown {
  return new (fs.WriteStream as unknown as StreamClass)(path, options);
}

const functions: Record<string, unknown> = {
  ...callbacks,
  createReadStream: lookLike(createReadStream as never, nodeFs.createReadStream),
  createWriteStream: lookLike(createWriteStream as never, nodeFs.createWriteStream),
};

const getters: Record<string, Property> = {
  ...streamProperties('Read'),
  ...streamProperties('Write'),
  opendir: withValue('opendir', nodeProperties.opendir, opendirWithCallback),
  promises: { ...nodeProperties.promises, get: () => promises },
};

for (const [name, theirs] of Object.entries(nodeProperties)) {
  const value = functions[name];
  const property = getters[name] ?? (value === undefined ? theirs : withValue(name, theirs, () => value));
  Object.defineProperty(fs, name, property);
}
