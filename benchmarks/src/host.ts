// Which Node runs ringfs, and every subject that is the host itself.
import { fetchRuntime, runtimeBinary } from './peers/fetch';
import { isRuntime, pins } from './peers/pins';

export interface Host {
  /** As --host names it. */
  name: string;
  binary: string;
  /** The subject that is bare Node of the same binary. */
  bare: string;
}

/** `current` is the Node that runs this; node20 and the like are fetched; anything else is the path of a binary. */
export function findHost(name: string): Host {
  if (name === 'current') return { name, binary: process.execPath, bare: 'node' };
  if (!isRuntime(name)) return { name, binary: name, bare: 'node' };
  if (!name.startsWith('node')) throw new Error(`ringfs runs on Node, not on ${name}`);
  return { name, binary: runtimeBinary(name), bare: name };
}

export function prepareHost({ name }: Host): void {
  if (isRuntime(name)) fetchRuntime(name);
}

export const reportHosts = Object.keys(pins).filter((name) => name.startsWith('node'));
